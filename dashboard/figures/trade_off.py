"""dashboard/figures/: what each variant costs and buys: the chart of a report, as a figure."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.figures.house_style import in_house_style
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.export.charts.trade_off import HEIGHT, trade_off


def figure(
    rows: Sequence[Comparison],
    choice: Choice,
    selected: str | None,
    across: str | None = None,
    up: str | None = None,
    named: Mapping[str, str] | None = None,
) -> go.Figure:
    """One dot a variant; see `optimizer.export.charts.trade_off.trade_off`."""
    drawn = trade_off(rows, choice, selected, across, up, named)
    return in_house_style(go.Figure(drawn), HEIGHT, showlegend=False)
