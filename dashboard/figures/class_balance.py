"""dashboard/figures/: how many samples, or positions of them, each class has."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import in_house_style
from optimizer.export.charts.text import in_figure

HEIGHT = 260  # pixels


def figure(counts: Sequence[int], names: Sequence[str] = (), counted: str = "Samples") -> go.Figure:
    """How many samples each class has; classes without names are numbered.

    Args:
        counts: Of each class.
        names: Of the classes, in their order; empty for numbers.
        counted: What is counted: "Samples" or "Positions".
    """
    drawn = go.Figure(
        go.Bar(
            x=[in_figure(name) for name in names] or [str(place) for place in range(len(counts))],
            y=list(counts),
            marker={"color": NEUTRAL},
            hovertemplate=f"class %{{x}}: %{{y:,}} {counted.lower()}<extra></extra>",
        )
    )
    drawn.update_xaxes(title="Class", type="category")
    drawn.update_yaxes(title=counted, rangemode="tozero")
    return in_house_style(drawn, HEIGHT, showlegend=False)
