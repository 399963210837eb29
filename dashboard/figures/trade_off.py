"""dashboard/figures/: quality over size, one marker a variant."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.colours import FADED, NEUTRAL
from dashboard.figures.house_style import better, in_house_style
from dashboard.figures.measures import Measure, latency_of, quality, unit_of
from dashboard.markdown import in_figure
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.techniques.family import Family
from optimizer.techniques.registry import conversions, training_steps

HEIGHT = 430  # pixels
SMALLEST_MARKER, LARGEST_MARKER = 12.0, 44.0  # pixels across
INTERVAL_COLOUR = "rgba(139, 147, 156, 0.55)"
LABEL_BACKGROUND = "rgba(139, 147, 156, 0.16)"  # readable over lines, on light and on dark
MOST_LABELS = 14  # more would cover the points; hovering and choosing still name each
CROWDED = 0.2  # of the largest size: points nearer than that share a stack of labels
LABEL_HEIGHTS = (-40, 40, -76, 76, -112, 112, -148, 148)  # pixels; negative is up


def figure(rows: Sequence[Comparison], selected: str | None) -> go.Figure:
    """Quality over size, one marker a variant, its area the latency; intervals as thin lines.

    Args:
        rows: The variants, the baseline first.
        selected: The recipe to stand out; the others fade.
    """
    measure = quality(rows)
    largest = max((latency_of(row) or 0.0 for row in rows), default=0.0)
    drawn = go.Figure()
    heights = _label_heights(rows)
    for row in rows:
        value = measure.value(row)
        if value is None:
            continue
        recipe = row.variant.recipe
        faded = selected is not None and recipe != selected
        colour = row.recipe.family.colour
        drawn.add_scatter(
            x=[row.variant.size_bytes / 1e3],
            y=[value],
            name=in_figure(recipe),
            customdata=[recipe],
            mode="markers",
            error_y=_error_bars(row),
            marker={
                "size": _marker_size(latency_of(row), largest),
                "color": colour,
                "opacity": FADED if faded else 0.85,
                "line": {"width": 3 if recipe == selected else 1, "color": colour},
            },
            # plotly fades what is not selected by itself; the figure does so from `selected`.
            selected={"marker": {"opacity": FADED if faded else 0.85}},
            unselected={"marker": {"opacity": FADED if faded else 0.85}},
            hovertemplate=_hover(row, measure),
        )
        if len(rows) <= MOST_LABELS or recipe == selected:
            drawn.add_annotation(
                x=row.variant.size_bytes / 1e3,
                y=value,
                text=f"<b>{in_figure(recipe)}</b>" if recipe == selected else in_figure(recipe),
                ax=0,
                ay=heights[recipe],
                arrowwidth=1,
                arrowhead=0,
                arrowcolor=NEUTRAL,
                opacity=0.6 if faded else 1,
                bgcolor=LABEL_BACKGROUND,
            )
    drawn.update_xaxes(title=f"Size (KB) {better('smaller', horizontal=True)}", rangemode="tozero")
    drawn.update_yaxes(title=f"{measure.title} {better(measure.better)}")
    return in_house_style(drawn, HEIGHT, showlegend=False)


def legend(rows: Sequence[Comparison]) -> list[Family]:
    """The families that occur: those of conversions, then those of training."""
    present = {row.recipe.family for row in rows}
    families = dict.fromkeys(kind.family for kind in (*conversions(), *training_steps()))
    return [family for family in families if family in present]


def _error_bars(row: Comparison) -> dict[str, object] | None:
    metric = row.variant.metric
    if metric is None or metric.value is None or metric.low is None or metric.high is None:
        return None
    unit = unit_of(metric.name)
    return {
        "type": "data",
        "array": [(metric.high - metric.value) * unit],
        "arrayminus": [(metric.value - metric.low) * unit],
        "color": INTERVAL_COLOUR,
        "thickness": 1,
        "width": 4,
    }


def _label_heights(rows: Sequence[Comparison]) -> dict[str, int]:
    """How far above or below its point each label stands, in pixels.

    Labels of points that lie close together are stacked, so that they do not cover each other.
    """
    ordered = sorted(rows, key=lambda row: row.variant.size_bytes)
    width = CROWDED * max(row.variant.size_bytes for row in rows)
    heights: dict[str, int] = {}
    in_stack, stack_start = 0, 0.0
    for row in ordered:
        if row.variant.size_bytes - stack_start > width:
            in_stack, stack_start = 0, float(row.variant.size_bytes)
        heights[row.variant.recipe] = LABEL_HEIGHTS[in_stack % len(LABEL_HEIGHTS)]
        in_stack += 1
    return heights


def _marker_size(latency: float | None, largest: float) -> float:
    """Area in proportion to latency, within sizes that can be seen and clicked."""
    if latency is None or largest == 0:
        return SMALLEST_MARKER
    return max(SMALLEST_MARKER, LARGEST_MARKER * float((latency / largest) ** 0.5))


def _hover(row: Comparison, measure: Measure) -> str:
    variant = row.variant
    interval = f" ({numbers.interval(variant.metric)})" if variant.metric else ""
    lines = [
        f"<b>{in_figure(variant.recipe)}</b>",
        f"{numbers.size(variant.size_bytes)}, {numbers.size(variant.gzip_bytes)} after gzip",
        f"{measure.text(row)}{interval}",
        f"{numbers.milliseconds(latency_of(row))}, {numbers.ratio(variant.latency)}",
    ]
    return "<br>".join(lines) + "<extra></extra>"
