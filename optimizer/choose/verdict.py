"""choose/: a difference in one plain sentence."""

import math
from statistics import NormalDist

from optimizer.choose.significance import Difference
from optimizer.words import number

SIGNIFICANT = 0.05
POWER = 0.8
WORTH_SEEING = 0.005  # half a point


def in_words(difference: Difference, *, higher_is_better: bool, share: bool) -> str:
    """Says what the difference is, or that none can be seen and how many samples it would take.

    A difference counts as real if its p-value, corrected for the number of variants, is below
    0.05. Accuracies are in points (0.01), other metrics in their own unit.

    Args:
        difference: variant − baseline.
        higher_is_better: the metric's direction.
        share: whether the metric lies in 0..1 and is shown in per cent.
    """
    if difference.value is None:
        return "the difference could not be measured"
    if difference.p_adjusted is None or difference.low is None or difference.high is None:
        return "one sample is too few to tell a difference"
    value, n = difference.value, difference.n
    unit = 100 if share else 1
    name = " points" if share else ""
    if difference.p_adjusted < SIGNIFICANT:
        better = (value > 0) == higher_is_better
        size = f"{_number(abs(value) * unit, share)}{name} {'higher' if value > 0 else 'lower'}"
        ends = [_number(end * unit, share) for end in (difference.low, difference.high)]
        verdict = "a real gain" if better else "a real loss"
        return f"{size} (95 % interval {ends[0]} to {ends[1]}): {verdict}"
    visible = WORTH_SEEING if share else abs(value)
    needed = samples_needed(difference, visible)
    seen = f"no difference can be seen with {n:,} samples"
    if needed is None:
        return seen
    size = f"{_number(visible * unit, share)}{name}"
    if needed <= n:
        return f"{seen}, which are enough to see one of {size}"
    return f"{seen}; to see one of {size} you need about {_rounded(needed):,}"


def samples_needed(difference: Difference, visible: float) -> int | None:
    """How many samples show a true difference of `visible` in 80 of 100 trials at p < 0.05.

    n = ((z₀.₉₇₅ + z₀.₈) σ / δ)², with σ the standard deviation of the paired differences (for
    McNemar's test Miettinen, Biometrics 24, 1968, 339-352, in its unconditional form).

    Returns:
        None if there is no spread or no difference to see.
    """
    if not difference.spread or visible == 0:
        return None
    z = NormalDist().inv_cdf(1 - SIGNIFICANT / 2) + NormalDist().inv_cdf(POWER)
    return math.ceil((z * difference.spread / visible) ** 2)


def _number(value: float, points: bool) -> str:
    return number(value, ".1f" if points and abs(value) >= 0.095 else ".2g")


def _rounded(count: int) -> int:
    """To one significant digit up to 10, else two: it is an estimate."""
    return int(float(f"{count:.1g}" if count < 10_000 else f"{count:.2g}"))
