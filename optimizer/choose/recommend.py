"""choose/: which variant to recommend, on every page and in the terminal.

The rule: of the variants without a visible loss the fastest, by its median latency. Speed is that
of the machine on which the study was timed: another one may recommend another variant.
"""

import math
from collections.abc import Sequence

from optimizer.choose.comparison import Comparison
from optimizer.choose.foreign import timed_on
from optimizer.choose.verdict import SIGNIFICANT
from optimizer.measure.metrics import METRICS


def recommended(rows: Sequence[Comparison]) -> Comparison:
    """The variant to take.

    What was not timed comes last. Where no variant is known to lose nothing, as without labels, it
    is the baseline: what the model is already.

    Args:
        rows: All variants, the baseline first, as `optimizer.choose.comparison.compare` gives them.
    """
    return min(without_visible_loss(rows), key=_milliseconds, default=rows[0])


def smallest(rows: Sequence[Comparison]) -> Comparison | None:
    """Of the variants without a visible loss the one with the smallest file; None without any."""
    return min(without_visible_loss(rows), key=lambda row: row.variant.size_bytes, default=None)


def without_visible_loss(rows: Sequence[Comparison]) -> list[Comparison]:
    """The variants whose metric is not worse than the baseline's, as far as the samples tell.

    A loss is visible where the p-value of the difference, corrected for the number of variants, is
    below 0.05. The baseline is not among them, nor what could not be compared with it.
    """
    return [row for row in rows if _harmless(row)]


def in_words(rows: Sequence[Comparison]) -> str:
    """The recommendation with its reason: `int8, the fastest without a visible loss on …`."""
    row = recommended(rows)
    if not _harmless(row):
        return f"{row.variant.recipe}, as no other file is known to lose nothing"
    if math.isinf(_milliseconds(row)):
        return f"{row.variant.recipe}, without a visible loss; none was timed"
    cpu = timed_on(row.variant).cpu
    return f"{row.variant.recipe}, the fastest without a visible loss on {cpu}"


def _harmless(row: Comparison) -> bool:
    difference = row.difference
    if difference is None or difference.value is None or difference.p_adjusted is None:
        return False
    metric = row.variant.metric
    sign = 1 if metric and METRICS[metric.name].higher_is_better else -1
    return difference.p_adjusted >= SIGNIFICANT or sign * difference.value >= 0


def _milliseconds(row: Comparison) -> float:
    latency = row.variant.latency
    return latency.median_ms if latency and latency.median_ms else math.inf
