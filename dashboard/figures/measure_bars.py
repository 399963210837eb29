"""dashboard/figures/: one measure of all variants, a bar each."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.colours import FADED
from dashboard.figures.house_style import better, in_house_style
from dashboard.figures.measures import QUALITY, Measure
from dashboard.markdown import in_figure
from optimizer.choose.comparison import Comparison

ROW, AROUND = 34, 90  # pixels


def figure(rows: Sequence[Comparison], measure: Measure, selected: str | None) -> go.Figure:
    """One measure of all variants; a gap with a dash where it was not measured."""
    recipes = [row.variant.recipe for row in rows]
    drawn = go.Figure(
        go.Bar(
            y=[in_figure(recipe) for recipe in recipes],
            x=[measure.value(row) for row in rows],
            orientation="h",
            text=[measure.text(row) for row in rows],
            textposition="outside",  # inside, its contrast depends on the colour
            cliponaxis=False,
            marker={
                "color": [row.recipe.family.colour for row in rows],
                "opacity": [FADED if selected not in {None, recipe} else 0.9 for recipe in recipes],
            },
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    drawn.update_yaxes(autorange="reversed", ticksuffix="  ")
    drawn.update_xaxes(
        title=f"{measure.title} {better(measure.better, horizontal=True)}",
        range=_range([measure.value(row) for row in rows], measure),
    )
    return in_house_style(drawn, AROUND + ROW * len(rows), showlegend=False)


def _range(values: Sequence[float | None], measure: Measure) -> list[float]:
    """From zero, with room for the text; accuracies that lie close together from where they do."""
    known = [value for value in values if value is not None] or [1.0]
    low, high = min(known), max(known)
    if measure.key == QUALITY and low > 0.5 * high:
        margin = max(high - low, 0.02 * high)
        return [low - 2 * margin, high + 1.5 * margin]
    return [0, high * 1.35]
