"""dashboard/figures/: what int8 does to each operator, over the network's order."""

import plotly.graph_objects as go

from dashboard.figures.house_style import in_house_style
from optimizer.export.charts.measures import better
from optimizer.export.charts.text import in_figure
from optimizer.measure.sensitivity import OperatorNoise, Sensitivity
from optimizer.techniques.family import BASELINE, INTEGER, QAT
from optimizer.words import number

HEIGHT = 300  # pixels
ALONE, LEFT, WHOLE = "only this one in int8", "only this one in float", "all in int8"


def figure(found: Sensitivity) -> go.Figure:
    """For each operator the outputs' SNR where it alone is int8, and where it alone is not.

    An operator without a bar changes nothing, or has no int8 form.
    """
    drawn = go.Figure()
    for name, colour, field in (
        (ALONE, INTEGER.colour, "alone_db"),
        (LEFT, BASELINE.colour, "left_db"),
    ):
        heard = [one for one in found.operators if getattr(one, field) is not None]
        drawn.add_bar(
            name=name,
            x=[one.number for one in heard],
            y=[getattr(one, field) for one in heard],
            marker_color=colour,
            customdata=[in_figure(_told(one)) for one in heard],
            hovertemplate="%{customdata}<br>%{y:.1f} dB<extra></extra>",
        )
    if found.int8_db is not None:
        drawn.add_hline(
            found.int8_db,
            line_dash="dot",
            line_color=QAT.colour,  # seen on a light and on a dark page, and over bars
            annotation_text=f"{WHOLE}: {_db(found.int8_db)}",
        )
    return in_house_style(
        drawn,
        HEIGHT,
        barmode="group",
        xaxis_title="Operator, in the order of execution",
        yaxis_title=f"SNR of the outputs in dB{better('higher')}",
    )


def _told(one: OperatorNoise) -> str:
    return f"{one.number} {one.name}"


def _db(value: float) -> str:
    return f"{number(value, '.1f')} dB"
