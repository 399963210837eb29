"""choose/: whether a variant holds a limit: proved, disproved, or open."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist
from typing import Any

import numpy as np

from optimizer.arrays import Float64s
from optimizer.choose.non_inferiority import (
    lost_share_bounds,
    mean_loss_bounds,
    resampled_loss_bounds,
)
from optimizer.choose.paired import LEAST, Paired, Resampled
from optimizer.measure.measurements import Latency
from optimizer.store.limits import Io, Limits, Loss
from optimizer.store.records import Variant
from optimizer.tflite.facts import FileContents

LOSS, SIZE, MEMORY, RUNS_ON, IO = "loss", "size", "memory", "runs_on", "io"
INDICES = {"INT32", "INT64"}  # types of inputs that stand for something
LATENCY, LATENCY_RATIO = "latency", "latency_ratio"


class Answer(str, Enum):
    """What is known of a limit.

    Attributes:
        HELD: The confidence bound lies inside.
        BROKEN: It lies outside.
        OPEN: Neither; the measurement does not suffice, or there is none.
    """

    HELD = "held"
    BROKEN = "broken"
    OPEN = "open"


@dataclass(frozen=True)
class Proof:
    """The verdict of one limit on one variant.

    Attributes:
        limit: `loss`, `size`, `memory`, `latency`, `latency_ratio`, `io`, or `runs_on:` with the
            key of a target.
        bound: What is allowed, in the unit of `value`: a share for accuracies and relative losses,
            bytes, milliseconds, or a share of the baseline's latency; 1 for a target or type.
        value: What was found; None where it was not.
        low, high: One-sided confidence bounds of it, equal to it where it is exact.
        verdict: See `Answer`.
        needed_samples: How many samples would settle a loss that is open; None where no number
            would, or nothing is open.
    """

    limit: str
    bound: float
    value: float | None
    low: float | None
    high: float | None
    verdict: Answer
    needed_samples: int | None = None


@dataclass(frozen=True)
class Judged:
    """What the loss is judged by.

    Attributes:
        scores: Each evaluation sample's score, (n,): bool where it is right or wrong. Of metrics
            that only all samples together have, what they are in resamples.
        higher_is_better: The direction of better.
        proportion: Whether scores are right or wrong.
    """

    scores: Paired
    higher_is_better: bool
    proportion: bool


def prove_loss(
    loss: Loss, baseline: Judged | None, variant: Judged | None, confidence: float
) -> Proof:
    """Whether a variant loses no more than `loss` of what the baseline reaches on the same samples.

    A test of non-inferiority: held where the worst end of the one-sided confidence interval lies
    within the limit.
    """
    nothing = Proof(LOSS, loss.value, None, None, None, Answer.OPEN)
    if baseline is None or variant is None:
        return nothing
    if isinstance(baseline.scores, Resampled) and isinstance(variant.scores, Resampled):
        return _of_all(loss, baseline.scores, variant.scores, baseline, confidence)
    before, after = _costs(baseline.scores, baseline), _costs(variant.scores, variant)
    if len(before) < 2:
        return nothing
    n = len(before)
    mean = float(before.mean())
    if loss.relative and mean == 0:  # an error of 0: a share of nothing
        return nothing
    unit = abs(mean) if loss.relative else 1.0
    value = float((after - before).mean()) / unit
    if baseline.proportion and not loss.relative:
        gained = int(np.count_nonzero(after < before))
        lost = int(np.count_nonzero(after > before))
        low, high = lost_share_bounds(gained, lost, n, confidence)
        spread = math.sqrt((gained + lost + 2) / (n + 2) - ((lost - gained) / (n + 2)) ** 2)
    else:
        low, high = mean_loss_bounds(before, after, confidence, relative=loss.relative)
        spread = float((after - before - (value * before if loss.relative else 0)).std()) / unit
    return _proved(loss, value, low, high, spread, n, confidence)


def _of_all(
    loss: Loss, before: Resampled, after: Resampled, judged: Judged, confidence: float
) -> Proof:
    """Of a metric that only all samples together have."""
    sign = -1 if judged.higher_is_better else 1
    unit = abs(before.value) if loss.relative else 1.0
    if unit == 0:
        return Proof(LOSS, loss.value, None, None, None, Answer.OPEN)
    value = sign * (after.value - before.value) / unit
    mine, theirs = after.beside(before)
    if loss.relative:  # a resample in which the baseline reaches nothing has no share of it
        mine, theirs = mine[theirs != 0], theirs[theirs != 0]
    if len(mine) < LEAST:
        return Proof(LOSS, loss.value, value, None, None, Answer.OPEN)
    lost = sign * (mine - theirs) / (np.abs(theirs) if loss.relative else 1.0)
    low, high = resampled_loss_bounds(value, lost, before.n, confidence)
    spread = float(lost.std()) * math.sqrt(before.n)
    return _proved(loss, value, low, high, spread, before.n, confidence)


def _proved(
    loss: Loss, value: float, low: float, high: float, spread: float, n: int, confidence: float
) -> Proof:
    verdict = _verdict(low, high, loss.value)
    needed = None
    if verdict is Answer.OPEN and value != loss.value and spread:
        z = NormalDist().inv_cdf(confidence)
        needed = max(n + 1, math.ceil((z * spread / (loss.value - value)) ** 2))
    return Proof(LOSS, loss.value, value, _finite(low), _finite(high), verdict, needed)


def prove_the_rest(limits: Limits, variant: Variant, *, comparable: bool) -> Iterator[Proof]:
    """The other limits: what is counted in the file is exact, a latency has its interval.

    Args:
        limits: Those that are None are left out.
        variant: With its measurements.
        comparable: Whether its latency was measured on the baseline's machine, and the limit's.
    """
    if limits.size_bytes is not None:
        found = variant.gzip_bytes if limits.packed else variant.size_bytes
        yield _exact(SIZE, limits.size_bytes, found)
    if limits.memory_bytes is not None:
        yield _exact(MEMORY, limits.memory_bytes, variant.contents.arena_bytes)
    latency = variant.latency if comparable else None
    if limits.latency_ms is not None:
        yield _latency(LATENCY, limits.latency_ms, latency.median_ms if latency else None, latency)
    if limits.latency_ratio is not None:
        yield _latency(
            LATENCY_RATIO, limits.latency_ratio, latency.ratio if latency else None, latency
        )
    yield from _targets(limits, variant.runs_on)
    if limits.io is not None:
        fits = float(has_type(variant.contents, limits.io))
        yield Proof(IO, 1.0, fits, fits, fits, Answer.HELD if fits else Answer.BROKEN)


def has_type(contents: FileContents, io: Io) -> bool:
    """Whether all inputs and outputs have a type; inputs of indices have the type of theirs."""
    types = {*contents.input_types, *contents.output_types} - INDICES
    return types <= {io.upper()}


def _costs(scores: Any, judged: Judged) -> Float64s:
    costs: Float64s = scores.astype(np.float64)
    return -costs if judged.higher_is_better else costs


def _verdict(low: float, high: float, bound: float) -> Answer:
    if high <= bound:
        return Answer.HELD
    return Answer.BROKEN if low > bound else Answer.OPEN


def _exact(limit: str, bound: float, value: float) -> Proof:
    return Proof(limit, bound, value, value, value, _verdict(value, value, bound))


def _latency(limit: str, bound: float, value: float | None, latency: Latency | None) -> Proof:
    """By the ends of the ratio's 95 % interval, each of which is a one-sided bound of 97.5 %."""
    if value is None or latency is None or not latency.ratio:
        return Proof(limit, bound, value, None, None, Answer.OPEN)
    ends = (latency.ratio_low or latency.ratio, latency.ratio_high or latency.ratio)
    low, high = (value * end / latency.ratio for end in ends)
    return Proof(limit, bound, value, low, high, _verdict(low, high, bound))


def _targets(limits: Limits, runs_on: Mapping[str, bool | None]) -> Iterator[Proof]:
    answers = {True: Answer.HELD, False: Answer.BROKEN, None: Answer.OPEN}
    for target in limits.must_run:
        runs = runs_on.get(target)
        value = None if runs is None else float(runs)
        yield Proof(f"{RUNS_ON}:{target}", 1.0, value, value, value, answers[runs])


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
