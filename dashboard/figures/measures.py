"""dashboard/figures/: what variants are compared by: size, quality and latency, for an axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.measure.metrics import METRICS

QUALITY = "quality"


@dataclass(frozen=True)
class Measure:
    """What variants are compared by.

    Attributes:
        key: For widgets.
        title: With the unit.
        better: "smaller" or "higher".
        value: The number of a variant; None where it was not measured.
        text: The same for people.
    """

    key: str
    title: str
    better: str
    value: Callable[[Comparison], float | None]
    text: Callable[[Comparison], str]


def measures(rows: Sequence[Comparison]) -> list[Measure]:
    """Size, gzip size, quality and latency."""
    return [
        Measure(
            "size",
            "Size (KB)",
            "smaller",
            lambda row: row.variant.size_bytes / 1e3,
            lambda row: numbers.size(row.variant.size_bytes),
        ),
        Measure(
            "gzip",
            "Size after gzip (KB)",
            "smaller",
            lambda row: row.variant.gzip_bytes / 1e3,
            lambda row: numbers.size(row.variant.gzip_bytes),
        ),
        quality(rows),
        latency(rows),
    ]


def latency(rows: Sequence[Comparison]) -> Measure:
    """How long one inference takes."""
    random = any(row.variant.random_inputs for row in rows)
    return Measure(
        "latency",
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
            QUALITY, title, better, _metric_value, lambda row: numbers.metric(row.variant.metric)
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


def _metric_value(row: Comparison) -> float | None:
    metric = row.variant.metric
    return _times(metric.value, unit_of(metric.name)) if metric else None


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
