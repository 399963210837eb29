"""choose/: the variant to ship: the smallest that is proved to hold all limits.

What may be lost is tested on the evaluation role, in an order that was fixed without it: from the
safest to the boldest by what each variant reaches on the tuning role and by its size. Each test has
the whole error of 5 %, and the first that fails ends the testing: that keeps the chance of even
one broken promise at 5 %, however many variants there are (Maurer, Hothorn and Lehmacher, in
Biometrie in der chemisch-pharmazeutischen Industrie 6, 1995, 3-18). Variants that no choice could
want, since a smaller one does better on the tuning role, come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optimizer.choose.foreign import timed_together
from optimizer.choose.loss_unit import by_noise, headline, in_shares
from optimizer.choose.on_device import seen_on
from optimizer.choose.paired import paired
from optimizer.choose.proofs import (
    IO,
    LOSS,
    RUNS_ON,
    Answer,
    Judged,
    Proof,
    prove_loss,
    prove_the_rest,
)
from optimizer.errors import StudyError
from optimizer.store.limits import Limits, Loss
from optimizer.store.prediction_files import read_array
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.tasks.try_recipe import higher_is_better

POINT, ONE_PER_CENT = Loss(value=0.01), Loss(value=0.01, relative=True)
HELD, OPEN, NONE = "held", "open", "none"
SMALL = 1e-4  # a limit on the loss may be 0


@dataclass(frozen=True)
class Proved:
    """A variant with the verdict of each limit.

    Attributes:
        variant: With its measurements.
        proofs: The loss first.
        verdict: Held where all are, broken where one is, else open.
        waits_for: The recipe whose open or broken loss ended the testing before this one's turn;
            None where its own samples decided.
    """

    variant: Variant
    proofs: tuple[Proof, ...]
    verdict: Answer
    waits_for: str | None = None

    @property
    def loss(self) -> Proof:
        """What it may have lost."""
        return self.proofs[0]


@dataclass(frozen=True)
class Choice:
    """What to ship.

    Attributes:
        recipe: Of the variant; None where none is proved.
        verdict: `held`, `open` where more samples or measurements may prove one, else `none`.
        limits: Under which it was chosen, the loss said.
        proved: All variants, in the study's order.
        nearest: Where nothing is held, or the baseline alone, the variant that comes nearest; None
            elsewhere, and where none can.
    """

    recipe: str | None
    verdict: str
    limits: Limits
    proved: tuple[Proved, ...]
    nearest: Proved | None = None

    @property
    def variant(self) -> Variant | None:
        """The variant to ship; None where none is proved."""
        return self.of(self.recipe).variant if self.recipe else None

    def of(self, recipe: str) -> Proved:
        """The proofs of one variant."""
        return next(one for one in self.proved if one.variant.recipe == recipe)


def choose(study: Study, limits: Limits) -> Choice:
    """The smallest variant that holds all limits; of equal ones the faster.

    A packed file runs in one runtime alone, so it is chosen only where the limits name that.

    Args:
        study: With its variants, the baseline first.
        limits: A loss of None is the metric's default; latencies are those on its device.
    """
    index = seen_on(study.index, limits.device)
    limits = limits.model_copy(update={"loss": limits.loss or default(index)})
    assert limits.loss is not None  # noqa: S101 (for the type checker)
    judged = [_judged(study, variant) for variant in index.variants]
    found = []
    for place, variant in enumerate(index.variants):
        loss = (
            _no_loss(limits.loss)
            if place == 0
            else prove_loss(limits.loss, judged[0], judged[place], limits.confidence)
        )
        proofs = (
            loss,
            *prove_the_rest(limits, variant, comparable=_counts(limits, variant, index)),
        )
        found.append(Proved(variant, proofs, _together(proofs)))
    found = _in_turn(found)
    wanted = [one for one in found if _goes_there(one.variant, limits)]
    held = [one for one in wanted if one.verdict is Answer.HELD]
    still = [one for one in wanted if one.verdict is Answer.OPEN]
    if held:
        best = min(held, key=lambda one: (one.variant.size_bytes, milliseconds(one.variant)))
        nearest = min(still, key=_too_much, default=None) if best is found[0] else None
        return Choice(best.variant.recipe, HELD, limits, tuple(found), nearest)
    nearest = min(still or wanted, key=_too_much, default=None)
    return Choice(None, OPEN if still else NONE, limits, tuple(found), nearest)


def default(index: StudyIndex) -> Loss:
    """One point of an accuracy or of agreement, 1 % of an error, noise of 1 % of the signal."""
    return POINT if in_shares(headline(index)) and not by_noise(index) else ONE_PER_CENT


def in_order(proved: Sequence[Proved]) -> list[Proved]:
    """The order in which losses are tested, from the tuning role and sizes alone."""

    def lost(one: Proved) -> float:
        tuning = one.variant.tuning
        if tuning is None or tuning.value is None:
            return 0.0
        return -tuning.value if higher_is_better(tuning.name) else tuning.value

    def bolder(one: Proved) -> tuple[float, int]:
        return lost(one), -one.variant.size_bytes

    wanted, others = [], []
    smallest = float("inf")
    for one in sorted(proved, key=bolder):
        if one.variant.size_bytes < smallest:
            smallest = one.variant.size_bytes
            wanted.append(one)
        else:
            others.append(one)
    return wanted + others


def _in_turn(found: Sequence[Proved]) -> list[Proved]:
    """Leaves open what comes after the first loss that is not held.

    Those that break another limit can never be chosen, so their losses are not tested. One that is
    broken beyond doubt stays so: that is no promise.
    """
    others_hold = [one for one in found[1:] if _rest(one) is not Answer.BROKEN]
    stopped_by: str | None = None
    turned = {one.variant.recipe: one for one in found}
    for one in in_order(others_hold):
        if stopped_by and one.loss.verdict is Answer.HELD:
            loss = replace(one.loss, verdict=Answer.OPEN)
            proofs = (loss, *one.proofs[1:])
            turned[one.variant.recipe] = replace(
                one, proofs=proofs, verdict=_together(proofs), waits_for=stopped_by
            )
        elif not stopped_by and one.loss.verdict is not Answer.HELD:
            stopped_by = one.variant.recipe
    return list(turned.values())


def _goes_there(variant: Variant, limits: Limits) -> bool:
    return variant.packed is None or variant.packed.runs_on in limits.must_run


def _counts(limits: Limits, variant: Variant, index: StudyIndex) -> bool:
    """Whether a latency was measured together with the baseline's, on the device of the limit."""
    there = limits.device is None or variant.device == limits.device
    return there and timed_together(variant, index.variants[0])


def _judged(study: Study, variant: Variant) -> Judged | None:
    """What the loss is judged by; without labels how near outputs are to the baseline's.

    None where neither is known, also because the file is damaged: its comparison says so.
    """
    kind, baseline = headline(study.index), study.index.variants[0]
    try:
        if kind:
            scores = paired(study, variant)
            if scores is None:
                return None
            return Judged(scores, kind.higher_is_better, kind.proportion)
        scores = read_array(study.folder / variant.predictions, "scores")
        if scores is not None:
            noise = by_noise(study.index)
            return Judged(scores, higher_is_better=not noise, proportion=scores.dtype == bool)
        mine, theirs = (  # of studies that were made before there were such scores
            read_array(study.folder / one.predictions, "classes") for one in (variant, baseline)
        )
    except StudyError:
        return None
    return None if mine is None or theirs is None else Judged(mine == theirs, True, True)


def _no_loss(loss: Loss) -> Proof:
    """The baseline loses nothing of itself."""
    return Proof(LOSS, loss.value, 0.0, 0.0, 0.0, Answer.HELD)


def _together(proofs: Sequence[Proof]) -> Answer:
    verdicts = {proof.verdict for proof in proofs}
    return next(
        (one for one in (Answer.BROKEN, Answer.OPEN) if one in verdicts), Answer.HELD
    )  # fmt: skip


def _rest(one: Proved) -> Answer:
    return _together(one.proofs[1:])


def _too_much(one: Proved) -> float:
    """By how many times the limits it goes beyond them, as far as is known; a target counts 1."""
    return sum(
        ((proof.high if proof.high is not None else proof.value or 0) - proof.bound)
        / max(proof.bound, SMALL)
        if not proof.limit.startswith((RUNS_ON, IO))
        else 1
        for proof in one.proofs
        if proof.verdict is not Answer.HELD
    )


def milliseconds(variant: Variant) -> float:
    """Its median latency; infinite where it was not timed."""
    latency = variant.latency
    return latency.median_ms if latency and latency.median_ms else float("inf")
