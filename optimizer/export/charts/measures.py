"""export/charts/: what variants are compared by: size, quality and latency, for an axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import METRICS

QUALITY, CHANGE = "quality", "change"
SIZE, GZIP, ARENA, LATENCY = "size", "gzip", "arena", "latency"
ARROWS = {"smaller": ("↓", "←"), "higher": ("↑", "→")}
Interval = tuple[float, float]


@dataclass(frozen=True)
class Measure:
    """What variants are compared by.

    Attributes:
        key: For widgets.
        title: With the unit.
        better: "smaller" or "higher".
        value: The number of a variant; None where it was not measured.
        text: The same for people.
        interval: Where the true value lies with 95 % confidence, in the unit of `value`; None where
            it is exact or nothing is known.
    """

    key: str
    title: str
    better: str
    value: Callable[[Comparison], float | None]
    text: Callable[[Comparison], str]
    interval: Callable[[Comparison], Interval | None] = lambda _: None


def measures(rows: Sequence[Comparison]) -> list[Measure]:
    """Size, gzip size, quality and latency, each once: without data latency is all there is."""
    found = [
        Measure(
            SIZE,
            "Size (KB)",
            "smaller",
            lambda row: row.variant.size_bytes / 1e3,
            lambda row: numbers.size(row.variant.size_bytes),
        ),
        Measure(
            GZIP,
            "Size after gzip (KB)",
            "smaller",
            lambda row: row.variant.gzip_bytes / 1e3,
            lambda row: numbers.size(row.variant.gzip_bytes),
        ),
        quality(rows),
        latency(rows),
    ]
    return list({measure.key: measure for measure in found}.values())


def axes(rows: Sequence[Comparison]) -> dict[str, Measure]:
    """All that an axis can show of these variants, by key; what none of them has is left out."""
    size, gzip, *reached, time = measures(rows)
    arena = Measure(
        ARENA,
        "Arena (KB)",
        "smaller",
        lambda row: row.variant.contents.arena_bytes / 1e3,
        lambda row: numbers.size(row.variant.contents.arena_bytes),
    )
    others = dict.fromkeys(metric.name for row in rows for metric in row.variant.others)
    found = [*change(rows), *reached, *map(_other, others), size, gzip, arena, time]
    return {one.key: one for one in found if any(one.value(row) is not None for row in rows)}


def change(rows: Sequence[Comparison]) -> list[Measure]:
    """The metric's change against float32, with the interval of the pairs; none without labels."""
    name = _metric_name(rows)
    if name is None:
        return []
    kind = METRICS[name]
    unit = "points" if kind.share else kind.unit
    return [
        Measure(
            CHANGE,
            f"{kind.title}, change against float32 ({unit})",
            "higher" if kind.higher_is_better else "smaller",
            partial(_changed, rows[0].variant.recipe),
            lambda row: numbers.change(name, row.difference),
            _interval_of_change,
        )
    ]


def _changed(baseline: str, row: Comparison) -> float | None:
    if row.variant.metric is None or row.variant.metric.value is None:
        return None
    if row.variant.recipe == baseline:
        return 0.0
    return (
        _times(row.difference.value, unit_of(row.variant.metric.name)) if row.difference else None
    )


def _interval_of_change(row: Comparison) -> Interval | None:
    found, metric = row.difference, row.variant.metric
    if found is None or metric is None or found.low is None or found.high is None:
        return None
    unit = unit_of(metric.name)
    return found.low * unit, found.high * unit


def _other(name: str) -> Measure:
    """A further metric of the same task."""

    def of(row: Comparison) -> Metric | None:
        return next((metric for metric in row.variant.others if metric.name == name), None)

    return Measure(
        name,
        _metric_title(name),
        "higher" if METRICS[name].higher_is_better else "smaller",
        lambda row: _in_unit(of(row)),
        lambda row: numbers.metric(of(row)),
        lambda row: _interval(of(row)),
    )


def latency(rows: Sequence[Comparison]) -> Measure:
    """How long one inference takes."""
    random = any(row.variant.random_inputs for row in rows)
    return Measure(
        LATENCY,
        f"Latency{' on random inputs' if random else ''}, 1 thread (ms)",
        "smaller",
        latency_of,
        lambda row: numbers.milliseconds(latency_of(row)),
    )


def quality(rows: Sequence[Comparison]) -> Measure:
    """How good variants are: by the metric; without labels by how near they are to float32.

    Without any data how fast they are is all that can be said.
    """
    name = _metric_name(rows)
    if name:
        better = "higher" if METRICS[name].higher_is_better else "smaller"
        title = _metric_title(name)
        return Measure(
            QUALITY,
            title,
            better,
            lambda row: _in_unit(row.variant.metric),
            lambda row: numbers.metric(row.variant.metric),
            lambda row: _interval(row.variant.metric),
        )
    if any(_agreement(row) is not None for row in rows):
        return Measure(
            QUALITY,
            "Agreement with the float model (%)",
            "higher",
            lambda row: _times(_agreement(row), 100),
            lambda row: numbers.share(_agreement(row)),
        )
    if not any(row.variant.fidelity for row in rows):
        return latency(rows)
    return Measure(
        QUALITY,
        "Signal to noise against the float model (dB)",
        "higher",
        lambda row: row.variant.fidelity.snr_db if row.variant.fidelity else None,
        lambda row: numbers.decibels(row.variant.fidelity.snr_db if row.variant.fidelity else None),
    )


def _metric_name(rows: Sequence[Comparison]) -> str | None:
    return next((row.variant.metric.name for row in rows if row.variant.metric), None)


def _metric_title(name: str) -> str:
    kind = METRICS[name]
    return f"{kind.title} ({'%' if kind.share else kind.unit})"


def _in_unit(metric: Metric | None) -> float | None:
    return _times(metric.value, unit_of(metric.name)) if metric else None


def _interval(metric: Metric | None) -> Interval | None:
    if metric is None or metric.low is None or metric.high is None:
        return None
    return metric.low * unit_of(metric.name), metric.high * unit_of(metric.name)


def _times(value: float | None, unit: int) -> float | None:
    return None if value is None else value * unit


def unit_of(name: str) -> int:
    """How often a metric is counted for people: shares in per cent."""
    return 100 if METRICS[name].share else 1


def _agreement(row: Comparison) -> float | None:
    return row.variant.fidelity.agreement if row.variant.fidelity else None


def latency_of(row: Comparison) -> float | None:
    """The median in milliseconds; None where it was not timed."""
    return row.variant.latency.median_ms if row.variant.latency else None


def better(direction: str, *, horizontal: bool = False) -> str:
    """For the title of an axis: where on it the better variants lie.

    Args:
        direction: "smaller" or "higher".
        horizontal: Whether the axis is.
    """
    return f"  {ARROWS[direction][horizontal]} better"
