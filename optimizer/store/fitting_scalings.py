"""store/: which scalings the data cannot tell apart: the choice among them is a convention."""

from collections.abc import Sequence

from optimizer.measure.metrics import METRICS
from optimizer.store.records import ScalingScore


def fitting(scores: Sequence[ScalingScore]) -> tuple[str, ...]:
    """The names of the scalings that may be the right one, the one that did best first.

    That is, those whose metric lies within the 95 % interval of the best one's: a few hundred
    samples do not tell 99.3 % from 99.7 %. Empty where none has a value.
    """
    known = [score for score in scores if score.metric.value is not None]
    if not known:
        return ()
    higher = METRICS[known[0].metric.name].higher_is_better
    ranked = sorted(known, key=lambda score: score.metric.value or 0.0, reverse=higher)
    best = ranked[0].metric
    limit = best.low if higher else best.high
    if limit is None:
        limit = best.value
    return tuple(
        score.scaling
        for score in ranked
        if limit is not None
        and score.metric.value is not None
        and (score.metric.value >= limit if higher else score.metric.value <= limit)
    )
