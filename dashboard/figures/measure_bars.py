"""dashboard/figures/: one measure of all variants, a bar each."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.colours import FADED
from dashboard.figures.house_style import in_house_style
from optimizer.choose.comparison import Comparison
from optimizer.export.charts.measures import QUALITY, Interval, Measure, better
from optimizer.export.charts.text import in_figure
from optimizer.export.short_names import short_names
from optimizer.words import number

ROW, AROUND, DOT = 34, 90, 10  # pixels
ROOM_FOR_TEXT = 1.35  # times the longest bar
INTERVAL = "rgba(128,128,128,0.9)"  # seen on light and dark


def figure(rows: Sequence[Comparison], measure: Measure, selected: str | None) -> go.Figure:
    """One measure of all variants; a gap with a dash where it was not measured.

    A bar begins at zero, for its length is what the eye compares. Values that lie close together
    are dots with their intervals instead, on an axis that begins where they do, and says so. Long
    recipes have their short names, so that a phone has room for the bars.
    """
    values = [measure.value(row) for row in rows]
    close = _lie_close(values, measure)
    drawn = go.Figure((_dots if close else _bars)(rows, measure, selected))
    drawn.update_yaxes(autorange="reversed", ticksuffix="  ")
    ends = _around(rows, measure) if close else [0, _largest(values) * ROOM_FOR_TEXT]
    begins = f" · axis from {number(ends[0], '.3g')}" if close else ""
    drawn.update_xaxes(
        title=f"{measure.title} {better(measure.better, horizontal=True)}{begins}", range=ends
    )
    return in_house_style(drawn, AROUND + ROW * len(rows), showlegend=False)


def _bars(rows: Sequence[Comparison], measure: Measure, selected: str | None) -> go.Bar:
    return go.Bar(
        orientation="h",
        textposition="outside",  # inside, its contrast depends on the colour
        **_shared(rows, measure, selected),
    )


def _dots(rows: Sequence[Comparison], measure: Measure, selected: str | None) -> go.Scatter:
    ends = [_ends(row, measure) for row in rows]
    values = [measure.value(row) or 0.0 for row in rows]
    shared = _shared(rows, measure, selected)
    shared["marker"] |= {"size": DOT}
    return go.Scatter(
        mode="markers+text",
        textposition="top center",
        error_x={
            "symmetric": False,
            "array": [high - value for value, (_, high) in zip(values, ends, strict=True)],
            "arrayminus": [value - low for value, (low, _) in zip(values, ends, strict=True)],
            "color": INTERVAL,
            "thickness": 1.5,
            "width": 4,
        },
        **shared,
    )


def _shared(rows: Sequence[Comparison], measure: Measure, selected: str | None) -> dict[str, Any]:
    recipes = [row.variant.recipe for row in rows]
    names = short_names(recipes)
    return {
        "y": [in_figure(names[recipe]) for recipe in recipes],
        "customdata": [in_figure(recipe) for recipe in recipes],
        "x": [measure.value(row) for row in rows],
        "text": [measure.text(row) for row in rows],
        "cliponaxis": False,
        "marker": {
            "color": [row.recipe.family.colour for row in rows],
            "opacity": [FADED if selected not in {None, recipe} else 0.9 for recipe in recipes],
        },
        "hovertemplate": "%{customdata}: %{text}<extra></extra>",
    }


def _lie_close(values: Sequence[float | None], measure: Measure) -> bool:
    known = [value for value in values if value is not None]
    return measure.key == QUALITY and bool(known) and min(known) > 0.5 * max(known)


def _largest(values: Sequence[float | None]) -> float:
    return max((value for value in values if value is not None), default=1.0) or 1.0


def _around(rows: Sequence[Comparison], measure: Measure) -> list[float]:
    """From the lowest end of an interval to the highest, and a tenth more on both sides."""
    ends = [end for row in rows for end in _ends(row, measure) if measure.value(row) is not None]
    low, high = min(ends), max(ends)
    margin = max(0.1 * (high - low), 0.002 * abs(high))
    return [low - margin, high + margin]


def _ends(row: Comparison, measure: Measure) -> Interval:
    """Of its interval; without one the value itself."""
    value = measure.value(row) or 0.0
    return measure.interval(row) or (value, value)
