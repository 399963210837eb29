"""dashboard/tables/: every variant in numbers, beside the baseline."""

from collections.abc import Mapping

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.export.short_names import short_names
from optimizer.measure.metrics import METRICS


@exportable
def variants(
    rows: list[Comparison], urls: list[str], choice: Choice, marks: Mapping[str, str]
) -> pd.DataFrame:
    """The table of the Compare page. Numbers stay numbers, so that columns sort.

    Args:
        rows: A line each.
        urls: Of their files.
        choice: Its verdicts.
        marks: What recipes are the best in.
    """
    recipes = [row.variant.recipe for row in rows]
    names = short_names(recipes)
    return pd.DataFrame(
        {
            "Download": urls,
            "Name": [names[recipe] for recipe in recipes],
            "Limits": [choice.of(row.variant.recipe).verdict.value for row in rows],
            "Best": [marks.get(recipe, "") for recipe in recipes],
            "Size": [row.variant.size_bytes / 1e3 for row in rows],
            "Change": [_change(row) for row in rows],
            "Recipe": recipes,
            "Gzip": [row.variant.gzip_bytes / 1e3 for row in rows],
            "Metric": [_value(row) for row in rows],
            "Interval": [numbers.interval(row.variant.metric) for row in rows],
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


def _change(row: Comparison) -> float | None:
    """Points of a share, else in the metric's own unit; the baseline has none."""
    metric, difference = row.variant.metric, row.difference
    if metric is None or difference is None or difference.value is None:
        return None
    return round(difference.value * 100, 6) if METRICS[metric.name].share else difference.value


def _speed(row: Comparison) -> float | None:
    """How many times as fast as the baseline."""
    ratio = row.variant.latency.ratio if row.variant.latency else None
    return 1 / ratio if ratio else None


def shortened(table: pd.DataFrame) -> bool:
    """Whether a name in it is not the whole recipe."""
    return bool((table["Name"] != table["Recipe"]).any())
