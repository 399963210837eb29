"""export/charts/: how far the limits let an axis of the trade-off go."""

from collections.abc import Sequence

from optimizer.choose.comparison import Comparison
from optimizer.export.charts.measures import ARENA, CHANGE, GZIP, LATENCY, QUALITY, SIZE, unit_of
from optimizer.measure.metrics import METRICS
from optimizer.store.limits import Limits


def bound(key: str, rows: Sequence[Comparison], limits: Limits) -> float | None:
    """The worst value inside the limits, in the unit of the axis; None where it has no limit.

    Args:
        key: Of the axis, as `optimizer.export.charts.measures.axes` gives them.
        rows: The variants, the baseline first.
        limits: Under which the choice was made, the loss said.
    """
    baseline = rows[0].variant
    if key in {CHANGE, QUALITY}:
        return _of_quality(key, rows[0], limits)
    if key == LATENCY:
        median = baseline.latency.median_ms if baseline.latency else None
        share = limits.latency_ratio
        relative = share * median if share is not None and median is not None else None
        return min((one for one in (limits.latency_ms, relative) if one is not None), default=None)
    of_size = {(SIZE, False): limits.size_bytes, (GZIP, True): limits.size_bytes}
    most = limits.memory_bytes if key == ARENA else of_size.get((key, limits.packed))
    return None if most is None else most / 1e3


def _of_quality(key: str, baseline: Comparison, limits: Limits) -> float | None:
    loss, metric = limits.loss, baseline.variant.metric
    if loss is None:
        return None
    if metric is None:  # the share of classes that are the baseline's, which has all of them
        fidelity = baseline.variant.fidelity
        agrees = fidelity is not None and fidelity.agreement is not None
        return 100 * (1 - loss.value) if agrees and key == QUALITY else None
    if metric.value is None:
        return None
    lost = loss.value * (abs(metric.value) if loss.relative else 1.0)
    sign = -1 if METRICS[metric.name].higher_is_better else 1
    reached = 0.0 if key == CHANGE else metric.value
    return (reached + sign * lost) * unit_of(metric.name)
