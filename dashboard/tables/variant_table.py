"""dashboard/tables/: every variant in numbers, beside the baseline."""

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.measure.metrics import METRICS
from optimizer.techniques.family import BASELINE


@exportable
def variants(rows: list[Comparison], urls: list[str], choice: Choice) -> pd.DataFrame:
    """The table of the Compare page. Numbers stay numbers, so that columns sort."""
    return pd.DataFrame(
        {
            "Download": urls,
            "Recipe": [row.variant.recipe for row in rows],
            "Limits": [choice.of(row.variant.recipe).verdict.value for row in rows],
            "Size": [row.variant.size_bytes / 1e3 for row in rows],
            "Gzip": [row.variant.gzip_bytes / 1e3 for row in rows],
            "Metric": [_value(row) for row in rows],
            "Interval": [numbers.interval(row.variant.metric) for row in rows],
            "Change": [
                numbers.change(row.variant.metric.name, row.difference)
                if row.variant.metric
                else numbers.NONE
                for row in rows
            ],
            "Agreement": [
                row.variant.fidelity.agreement * 100
                if row.variant.fidelity and row.variant.fidelity.agreement is not None
                else None
                for row in rows
            ],
            "Latency": [
                row.variant.latency.median_ms if row.variant.latency else None for row in rows
            ],
            "Speed": [_speed(row) for row in rows],
            "Warnings": [" ".join(row.variant.warnings) for row in rows],
            "Sparsity": [_percent(row.variant.contents.sparsity) for row in rows],
            "Unique": [row.variant.contents.unique_weights_max for row in rows],
        }
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _value(row: Comparison) -> float | None:
    metric = row.variant.metric
    if metric is None or metric.value is None:
        return None
    return round(metric.value * 100, 6) if METRICS[metric.name].share else metric.value


def _speed(row: Comparison) -> str:
    return (
        "baseline"
        if row.difference is None and row.recipe.family == BASELINE
        else (numbers.ratio(row.variant.latency))
    )
