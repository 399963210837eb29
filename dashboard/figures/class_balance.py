"""dashboard/figures/: how many samples each class has."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import in_house_style
from dashboard.markdown import in_figure

HEIGHT = 260  # pixels


def figure(counts: Sequence[int], names: Sequence[str] = ()) -> go.Figure:
    """How many samples each class has; classes without names are numbered."""
    drawn = go.Figure(
        go.Bar(
            x=[in_figure(name) for name in names] or [str(place) for place in range(len(counts))],
            y=list(counts),
            marker={"color": NEUTRAL},
            hovertemplate="class %{x}: %{y:,} samples<extra></extra>",
        )
    )
    drawn.update_xaxes(title="Class", type="category")
    drawn.update_yaxes(title="Samples", rangemode="tozero")
    return in_house_style(drawn, HEIGHT, showlegend=False)
