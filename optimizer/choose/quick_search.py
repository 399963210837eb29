"""choose/: the quick search: which conversions to try, and which of them to prove.

It looks at the tuning role and at files alone. First come the conversions as they are, then what
may repair int8 where it loses too much, and then what makes it smaller. It ends after 40 recipes,
or after some time where the model is so small that all should be done in a minute.
"""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

from optimizer.choose.choice import default
from optimizer.choose.finalists import Candidate, chain, chance_to_hold, in_sequence
from optimizer.choose.known import Known, allowed, fits, is_made, known
from optimizer.choose.mixed_proposals import Holds, Schemes, first_rung, repaired, smaller
from optimizer.choose.rungs import rungs
from optimizer.errors import LiteweighError, RecipeError
from optimizer.jobs.pending import Pending
from optimizer.jobs.searches import AT_ONCE
from optimizer.measure.sensitivity import Sensitivity
from optimizer.recipes import BASELINE_TEXT, Recipe, build, parse
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study
from optimizer.store.tried import Tried
from optimizer.techniques.calibrated import Calibrated
from optimizer.techniques.mixed import Mixed
from optimizer.techniques.registry import conversions
from optimizer.techniques.scheme import FloatOperator
from optimizer.techniques.technique import Conversion

MOST, SECONDS = 40, 40.0
SMALL_MS = 0.5  # of one sample with float32, up to which the search should take a minute
EVEN = 0.5  # chance to be proved, from which on a file is built on
SAMPLES = (
    50,
    10,
    500,
)  # of calibration, beside the default: more may widen ranges, fewer miss some
Parameters = dict[str, object]
LOGGER = logging.getLogger(__name__)
T = TypeVar("T")


class Look(Protocol):
    """Looks into the float file of a study, in a worker."""

    def operators(self, study: Study) -> Pending[tuple[FloatOperator, ...]]:
        """Its operators, by number."""

    def sensitivity(self, study: Study) -> Pending[Sensitivity]:
        """What each of them costs int8."""


class QuickSearch:
    """A plan of `jobs.searches` that trains nothing."""

    def __init__(self, look: Look | None = None) -> None:
        """`look` is asked once it is needed, and not again; without one no operator is chosen."""
        self._look = look
        self._operators: tuple[FloatOperator, ...] | None = None
        self._rungs: list[Schemes] | None = None

    def next(self, study: Study, seconds: float) -> list[Recipe]:
        """See `Plan.next`."""
        index, found = study.index, known(study)
        if len(found) >= MOST or (_small(index) and seconds > SECONDS):
            return []
        fresh = (one for one in self._wanted(study, found) if str(one) not in found)
        return list(islice(fresh, AT_ONCE))

    def finalists(self, study: Study) -> list[Recipe]:
        """See `Plan.finalists`; where no file has a chance, the nearest, so that it can be told."""
        index, found = study.index, known(study)
        wanted = [one.recipe for one in chain(sequence(study, found), _baseline_size(index))]
        if not wanted and not any(is_made(study, recipe) for recipe in found):
            nearest = _nearest(index, found)
            wanted = [nearest.recipe] if nearest else []
        return [parse(recipe) for recipe in wanted if not is_made(study, recipe)]

    def _wanted(self, study: Study, found: Known) -> Iterator[Recipe]:
        """All that is worth trying, as far as can be said now, best first."""
        index, kinds = study.index, _fitting(study.index)
        holds = partial(_holds, index, found)
        first = list(_by_litert(kinds, index))
        yield from first
        plain = [one for one in first if isinstance(one.conversion, Calibrated)]
        if any(holds(one) is None for one in plain):
            return  # what is worth trying depends on them
        fails = not any(holds(one) for one in plain)
        if plain and fails:
            yield from _other_ranges(kinds, index)
        if self._look and not Mixed.misfit(index.model.summary, index.dataset):
            yield from self._mixed(study, holds, repair=fails)
        if not any(holds(parse(recipe)) for recipe in found):
            yield from _recipes(kinds, {}, index)

    def _mixed(self, study: Study, holds: Holds, *, repair: bool) -> Iterator[Recipe]:
        """What repairs int8, and what makes it, or the repaired one, smaller."""
        io, begin = study.index.limits.io or "float32", {}
        if repair:
            ladder = self._ladder(study)
            yield from repaired(ladder, io, holds)
            rung = first_rung(ladder, io, holds)
            if rung is None:
                return
            begin = rung
        yield from smaller(self._numbered(study), begin, io, holds)

    def _numbered(self, study: Study) -> tuple[FloatOperator, ...]:
        if self._operators is None:
            assert self._look  # noqa: S101 (for the type checker: see `_mixed`)
            self._operators = _asked(self._look.operators(study)) or ()
        return self._operators

    def _ladder(self, study: Study) -> list[Schemes]:
        if self._rungs is None:
            assert self._look  # noqa: S101 (for the type checker: see `_mixed`)
            known = _asked(self._look.sensitivity(study))
            self._rungs = rungs(self._numbered(study), known.operators) if known else []
        return self._rungs


def _asked(pending: Pending[T]) -> T | None:
    """What was found out; where it cannot be, the search goes on without it."""
    try:
        return pending.result()
    except LiteweighError as error:
        LOGGER.warning("A search goes on without a look into the file: %s", error)
        return None


def _holds(index: StudyIndex, found: Known, recipe: Recipe) -> bool | None:
    """Whether a recipe is more likely than not to be proved; None where it was not tried.

    Whatever its size: what is made smaller from it may hold a limit that it goes beyond.
    """
    one = found.get(str(recipe))
    if one is None:
        return None
    limits = index.limits.model_copy(update={"size_bytes": None})
    assert index.dataset  # noqa: S101 (for the type checker: see `jobs.searches.check`)
    if one.weighed is None or one.lost is None or not fits(limits, one.weighed):
        return False
    loss = limits.loss or default(index)
    return chance_to_hold(one.lost, loss, index.dataset.evaluation, limits.confidence) >= EVEN


def sequence(study: Study, found: Known) -> list[Candidate]:
    """The recipes that are known, as the fixed sequence would take them."""
    index = study.index
    assert index.dataset  # noqa: S101 (for the type checker: see `jobs.searches.check`)
    fitting = [one for one in found.values() if one.weighed and fits(index.limits, one.weighed)]
    made = {recipe for recipe in found if is_made(study, recipe)}
    loss = index.limits.loss or default(index)
    return in_sequence(fitting, index.limits, loss, index.dataset.evaluation, made)


def _fitting(index: StudyIndex, *, last: bool = False) -> list[type[Conversion]]:
    """The conversions that fit model and data; the way out for few models comes last."""
    return [
        kind
        for kind in conversions()
        if kind.name != BASELINE_TEXT
        and kind.first_choice is not last
        and not kind.numbers_operators
        and not kind.misfit(index.model.summary, index.dataset)
    ]


def _by_litert(kinds: Sequence[type[Conversion]], index: StudyIndex) -> Iterator[Recipe]:
    """One of each kind, by the LiteRT Quantizer: it takes a tenth of the converter's time."""
    for kind in kinds:
        chosen = "quantizer" in kind.declared() and not index.model.summary.ready
        yield from _recipes([kind], {"quantizer": "litert"} if chosen else {}, index)


def _other_ranges(kinds: Sequence[type[Conversion]], index: StudyIndex) -> Iterator[Recipe]:
    """Where the ranges of int8 are in the way: the converter's, of other samples, of 16 bits."""
    integer = [kind for kind in kinds if issubclass(kind, Calibrated)]
    yield from _recipes(integer, {}, index)
    for samples in SAMPLES:
        yield from _recipes(integer, {"calibration_samples": samples}, index)
    if index.limits.io is None:
        yield from _recipes(_fitting(index, last=True), {}, index)


def _recipes(
    kinds: Sequence[type[Conversion]], parameters: Parameters, index: StudyIndex
) -> Iterator[Recipe]:
    """One of each kind that has all these parameters, with the type that is asked for."""
    assert index.dataset  # noqa: S101 (for the type checker: see `jobs.searches.check`)
    io = index.limits.io
    for kind in kinds:
        if not set(parameters) <= set(kind.declared()):
            continue
        more: Parameters = {"io": io} if io and "io" in kind.declared() else {}
        try:
            recipe = Recipe((build(kind.name, {**parameters, **more}),))
        except RecipeError:
            continue
        if recipe.refusal(index.model.summary, index.dataset) is None:
            yield recipe


def _nearest(index: StudyIndex, found: Known) -> Tried | None:
    """The file that goes least beyond the limits, as far as the tuning role tells."""
    limits = index.limits
    loss = limits.loss or default(index)

    def beyond(one: Tried) -> tuple[bool, float]:
        assert one.weighed  # noqa: S101 (for the type checker)
        room = (one.lost.value - allowed(loss, one.lost)) if one.lost else float("inf")
        return not fits(limits, one.weighed), room

    return min((one for one in found.values() if one.weighed), key=beyond, default=None)


def _baseline_size(index: StudyIndex) -> int:
    baseline = index.variants[0]
    return baseline.gzip_bytes if index.limits.packed else baseline.size_bytes


def _small(index: StudyIndex) -> bool:
    latency = index.variants[0].latency
    return not latency or latency.median_ms is None or latency.median_ms <= SMALL_MS
