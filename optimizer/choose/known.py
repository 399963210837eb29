"""choose/: what is known of recipes from the tuning role: those that a search tried, and variants.

What was tried by hand counts, and nothing is tried twice.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from optimizer.choose.loss_unit import by_noise, headline
from optimizer.choose.proofs import INDICES
from optimizer.errors import StudyError
from optimizer.recipes import BASELINE_TEXT, parse
from optimizer.store.key import variant_key
from optimizer.store.limits import Limits, Loss
from optimizer.store.prediction_files import read_array
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.store.tried import Lost, Tried, Weighed, lost_of

Known = dict[str, Tried]
K = TypeVar("K")
V = TypeVar("V")
MOST_KEPT = 4096
_KEYS: dict[tuple[str, str], str] = {}
"""The key of a recipe, by the recipe and the key of its study's baseline."""
_LOST: dict[tuple[Path, str, str], Lost | None] = {}
"""What a variant loses, by its study and the keys of the baseline and of itself."""


def known(study: Study) -> Known:
    """By recipe, without the baseline; what was tried with other data or versions is left out."""
    index = study.index
    found = {one.recipe: one for one in index.tried if _fresh(one, index)}
    return found | {one.recipe: one for one in _made(study)}


def allowed(loss: Loss, lost: Lost) -> float:
    """How much may be lost, in the unit of `Lost.value`."""
    return loss.value * lost.baseline if loss.relative else loss.value


def fits(limits: Limits, weighed: Weighed) -> bool:
    """Whether a file holds all limits that can be read off it; an unknown target may be held."""
    size = weighed.gzip_bytes if limits.packed else weighed.size_bytes
    return (
        (limits.size_bytes is None or size <= limits.size_bytes)
        and (limits.memory_bytes is None or weighed.arena_bytes <= limits.memory_bytes)
        and (limits.io is None or set(weighed.types) - INDICES <= {limits.io.upper()})
        and all(weighed.runs_on.get(target) is not False for target in limits.must_run)
    )


def _fresh(one: Tried, index: StudyIndex) -> bool:
    """Whether it was tried on this model and these data, with the versions of this process.

    Reading versions takes 20 ms (importlib.metadata, Python 3.11), and pages ask often: the key of
    the baseline stands for model and data.
    """
    if index.dataset is None or not index.variants:
        return False
    model, data = index.model, index.dataset
    key = _kept(
        _KEYS,
        (one.recipe, index.variants[0].key),
        lambda: variant_key(parse(one.recipe), model, data),
    )
    return one.key == key


def _made(study: Study) -> Iterator[Tried]:
    if not study.index.variants:
        return
    baseline, *others = study.index.variants
    for variant in others:
        contents = variant.contents
        yield Tried(
            recipe=variant.recipe,
            key=variant.key,
            weighed=Weighed(
                variant.size_bytes,
                variant.gzip_bytes,
                contents.arena_bytes,
                tuple(sorted({*contents.input_types, *contents.output_types})),
                variant.runs_on,
            ),
            tuning=variant.tuning,
            lost=_lost_by(study, baseline, variant),
            seconds=variant.seconds,
        )


def _lost_by(study: Study, baseline: Variant, variant: Variant) -> Lost | None:
    """Read once: pages ask often, and files of variants are never overwritten."""
    asked = study.folder, baseline.key, variant.key
    return _kept(_LOST, asked, lambda: _lost(study, baseline, variant))


def _kept(there: dict[K, V], key: K, make: Callable[[], V]) -> V:
    if key not in there:
        if len(there) >= MOST_KEPT:
            there.clear()
        there[key] = make()
    return there[key]


def _lost(study: Study, baseline: Variant, variant: Variant) -> Lost | None:
    """From the scores of each tuning sample, or else from the metric alone."""
    kind, index = headline(study.index), study.index
    better = kind.higher_is_better if kind else not by_noise(index)
    try:
        before, after = (
            read_array(study.folder / one.predictions, "tuning_scores")
            for one in (baseline, variant)
        )
    except StudyError:
        return None
    if before is not None and after is not None and len(before) == len(after):
        return lost_of(before, after, higher_is_better=better)
    reached, now = baseline.tuning, variant.tuning
    if not (reached and now) or reached.value is None or now.value is None or not kind:
        return None
    sign = -1 if better else 1
    return Lost(sign * (now.value - reached.value), None, abs(reached.value), now.n)


def is_made(study: Study, recipe: str) -> bool:
    """Whether a recipe has a variant already."""
    return recipe == BASELINE_TEXT or study.variant(recipe) is not None
