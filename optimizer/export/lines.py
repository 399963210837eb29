"""export/: a variant in one line, for a terminal."""

from optimizer.choose.comparison import Comparison
from optimizer.export import numbers

RECIPE_WIDTH = 28


def line(row: Comparison) -> str:
    """Its recipe, size, metric with the change from the baseline, latency and their ratio."""
    variant = row.variant
    median = variant.latency.median_ms if variant.latency else None
    change = numbers.change(variant.metric.name, row.difference) if variant.metric else ""
    return (
        f"{named(variant.recipe)} {numbers.size(variant.size_bytes):>8}  "
        f"{numbers.metric(variant.metric):>8} {change:>9}  "
        f"{numbers.milliseconds(median):>9} {numbers.ratio(variant.latency)}"
        f"{' (random inputs)' if variant.random_inputs else ''}"
    )


def named(recipe: object) -> str:
    """A recipe at the beginning of a line, so that what follows stands below each other."""
    return f"{recipe!s:<{RECIPE_WIDTH}}"
