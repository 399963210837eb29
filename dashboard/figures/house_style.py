"""dashboard/figures/: what all plotly figures have in common."""

from typing import Any, Final

import plotly.graph_objects as go

from dashboard.figures.colours import INK

CONFIG: Final = {"displayModeBar": False}
"""For `st.plotly_chart`: no toolbar."""
CLEAR = "rgba(0,0,0,0)"  # the page shows through, light or dark
MARGIN = 8  # pixels
GAP = 0.25  # between two bars, of the room that one has
ABOVE: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def in_house_style(figure: go.Figure, height: int, **layout: Any) -> go.Figure:
    """Gives a figure the look of all: clear, tight, its legend above it if it has one.

    Args:
        figure: Is changed, and returned.
        height: In pixels.
        layout: What this figure has of its own; wins.
    """
    figure.update_layout(
        height=height,
        margin=dict.fromkeys("lrtb", MARGIN),
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        legend=ABOVE,
        bargap=GAP,
    )
    figure.update_layout(**layout)
    return figure


def in_ink(figure: go.Figure, theme: str) -> go.Figure:
    """Writes labels, ticks, titles and the numbers of cells in the page's own colour of text.

    Streamlit 1.67 draws them in a grey of 3.7:1 on a light page; 4.5:1 can be read by all.

    Args:
        figure: Is changed, and returned.
        theme: "light" or "dark".
    """
    ink = {"color": INK[theme]}
    figure.update_annotations(font=ink)
    figure.update_traces(textfont=ink, selector={"type": "heatmap"})
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont=ink, title_font=ink)
    return figure
