"""export/: a variant in one line, for a terminal."""

from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.store.records import Variant
from optimizer.words import MINUS

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


def feeding(variant: Variant) -> tuple[str, ...]:
    """How to feed and read a file that takes or gives integers; empty for one of floats."""
    contents = variant.contents
    return (
        *(
            f"feed “{one.name}” as {one.dtype.lower()}: round(x / {one.scale:.6g})"
            f"{_added(one.zero_point)}, cut to the type"
            for one in contents.inputs
            if one.scale and one.zero_point is not None
        ),
        *(
            f"read “{one.name}”: (q{_added(-one.zero_point)}) × {one.scale:.6g}"
            for one in contents.outputs
            if one.scale and one.zero_point is not None
        ),
    )


def named(recipe: object) -> str:
    """A recipe at the beginning of a line, so that what follows stands below each other."""
    return f"{recipe!s:<{RECIPE_WIDTH}}"


def _added(number: int) -> str:
    """` + 3`, ` − 128`, or nothing for 0."""
    return f" {'+' if number > 0 else MINUS} {abs(number)}" if number else ""
