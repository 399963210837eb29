"""dashboard/tables/: every variant in numbers, beside the baseline."""

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.export.short_names import short_names
from optimizer.measure.metrics import METRICS


@exportable
def variants(
    rows: Sequence[Comparison],
    urls: Sequence[str],
    choice: Choice,
    marks: Mapping[str, str],
    notes: Mapping[str, str],
) -> pd.DataFrame:
    """The table of the Compare page. Numbers stay numbers, so that columns sort.

    Args:
        rows: A line each.
        urls: Of their files.
        choice: Its verdicts.
        marks: What recipes are the best in.
        notes: Of recipes.
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
            "Arena": [row.variant.contents.arena_bytes / 1e3 for row in rows],
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
            "Warnings": [" ".join((*row.variant.warnings, *row.variant.detours)) for row in rows],
            "Sparsity": [_percent(row.variant.contents.sparsity) for row in rows],
            "Note": [notes.get(recipe, "") for recipe in recipes],
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


def titles(rows: Sequence[Comparison], device: str = "") -> dict[str, str]:
    """What the columns are called that can be chosen and sorted by, by name.

    Args:
        rows: All of them.
        device: What the device of the latencies is called; empty where there is only one.
    """
    metric = rows[0].variant.metric
    random = any(row.variant.random_inputs for row in rows)
    return {
        "Name": "Recipe",
        "Limits": "Limits",
        "Best": "Best",
        "Size": "Size",
        "Change": "Change",
        "Recipe": "Full text",
        "Gzip": "Gzip",
        "Arena": "Arena",
        "Metric": METRICS[metric.name].title if metric else "Metric",
        "Interval": "95 % interval",
        "Agreement": "Agreement",
        "Latency": " on ".join(
            filter(None, ("Latency", "random inputs" if random else "", device))
        ),
        "Speed": "Speed",
        "Warnings": "Warnings",
        "Sparsity": "Sparsity",
        "Note": "Note",
        "Unique": "Unique weights",
    }


def telling(table: pd.DataFrame) -> list[str]:
    """The columns that say something of a row, and more than another column."""
    names = [str(name) for name in table.columns]
    silent = {name for name in names if table[name].isna().all() or (table[name] == "").all()}
    if not shortened(table):
        silent.add("Recipe")
    return [name for name in names if name not in silent]


def shortened(table: pd.DataFrame) -> bool:
    """Whether a name in it is not the whole recipe."""
    return bool((table["Name"] != table["Recipe"]).any())
