"""dashboard/figures/: how far forecasts of two files are off at each step ahead."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.house_style import in_house_style
from optimizer.export.charts.text import in_figure
from optimizer.measure.measurements import Horizon

HEIGHT = 300  # pixels


def figure(files: Sequence[tuple[str, Sequence[Horizon], str]]) -> go.Figure:
    """The mean absolute error of each step with its interval.

    Args:
        files: Of each the name, its errors, and the colour of its line.
    """
    drawn = go.Figure()
    for name, errors, colour in files:
        values = [one.mae.value or 0.0 for one in errors]
        drawn.add_scatter(
            x=[one.step for one in errors],
            y=values,
            name=in_figure(name),
            mode="lines+markers",
            line={"color": colour, "width": 2},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [
                    (one.mae.high or value) - value
                    for one, value in zip(errors, values, strict=True)
                ],
                "arrayminus": [
                    value - (one.mae.low or value)
                    for one, value in zip(errors, values, strict=True)
                ],
            },
            hovertemplate="step %{x}: %{y:.4g}<extra>" + in_figure(name) + "</extra>",
        )
    drawn.update_xaxes(title="Step ahead")
    drawn.update_yaxes(title="Mean absolute error", rangemode="tozero")
    return in_house_style(drawn, HEIGHT, showlegend=True)
