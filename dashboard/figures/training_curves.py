"""dashboard/figures/: how a training goes or went, over its epochs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import in_house_style
from optimizer.measure.metrics import METRICS
from optimizer.techniques.family import FINETUNED, PRUNED
from optimizer.techniques.training.history import Moment

HEIGHT = 230  # pixels
EACH_EPOCH = 12  # more epochs than that are not numbered one by one
LOSS, SPARSITY, EPOCH = "Loss  ↓ better", "Sparsity (%)", "Epoch"
TIGHT = {"titlePadding": 6, "labelPadding": 4}  # pixels; Streamlit's are for taller charts
PERCENTS = [0, 25, 50, 75, 100]


@dataclass(frozen=True)
class Curve:
    """One line of the figure.

    Attributes:
        name: In the legend.
        axis: `LOSS`, on the left, or `SPARSITY`, on the right.
        colour, width: Of the line; the width in pixels.
        dashed: Whether it is.
        dotted: Whether its points are marked, because they are few.
        value: The height at a moment; None where it has none.
        metric: What is told besides; None: nothing.
    """

    name: str
    axis: str
    colour: str
    width: float
    dashed: bool
    dotted: bool
    value: Callable[[Moment], float | None]
    metric: Callable[[Moment], float | None] = lambda _: None


CURVES = (
    Curve("Training", LOSS, NEUTRAL, 1.5, False, False,
          lambda moment: moment.loss, lambda moment: moment.metric),
    Curve("Tuning", LOSS, FINETUNED.colour, 2.5, False, True,
          lambda moment: moment.tuning_loss, lambda moment: moment.tuning_metric),
    Curve("Sparsity", SPARSITY, PRUNED.colour, 2, True, False,
          lambda moment: None if moment.sparsity is None else 100 * moment.sparsity),
)  # fmt: skip
"""The loss on the two roles, and sparsity in the colour of pruning."""


def figure(moments: Sequence[Moment], metric_name: str | None) -> go.Figure:
    """The loss on the training and the tuning role over the epochs, with sparsity beside it.

    Args:
        moments: In order; the tuning role was looked at where it has a loss.
        metric_name: What is told with a point besides its loss; None: nothing.
    """
    drawn = go.Figure()
    curves = _present(moments)
    for curve in curves:
        points = [moment for moment in moments if curve.value(moment) is not None]
        unit = "sparsity %{y:.1f} %" if curve.axis == SPARSITY else "loss %{y:.3g}"
        drawn.add_scatter(
            x=[moment.epoch for moment in points],
            y=[curve.value(moment) for moment in points],
            customdata=[_metric(metric_name, curve.metric(moment)) for moment in points],
            name=curve.name,
            mode="lines+markers" if curve.dotted else "lines",
            yaxis="y2" if curve.axis == SPARSITY else "y",
            line={
                "color": curve.colour,
                "width": curve.width,
                "dash": "dot" if curve.dashed else "solid",
            },
            marker={"size": 8},
            hovertemplate=f"{curve.name}: {unit}%{{customdata}}<extra></extra>",
        )
    return in_house_style(
        drawn,
        HEIGHT,
        showlegend=True,
        hovermode="x unified",
        xaxis={
            "title": EPOCH,
            "rangemode": "tozero",
            "hoverformat": ".2f",
            "dtick": 1 if not moments or moments[-1].epoch <= EACH_EPOCH else None,
            "showgrid": False,
        },
        yaxis={"title": LOSS},
        yaxis2={
            "title": SPARSITY,
            "overlaying": "y",
            "side": "right",
            "range": [0, 105],
            "tickvals": PERCENTS,
            "showgrid": False,
            "visible": any(curve.axis == SPARSITY for curve in curves),
        },
    )


def live(moments: Sequence[Moment]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The same curves for a training that goes on, as data and a Vega-Lite specification.

    Streamlit 1.67 makes a plotly figure anew whenever its data change, and it is blank for up to
    half a second each time; a Vega-Lite chart with the same specification only moves its lines.
    """
    curves = _present(moments)
    data = pd.DataFrame({EPOCH: [moment.epoch for moment in moments]})
    for curve in curves:
        data[curve.name] = pd.Series([curve.value(moment) for moment in moments], dtype=float)
    names = {"domain": [c.name for c in curves], "range": [c.colour for c in curves]}
    by_axis = [[c for c in curves if c.axis == axis] for axis in (LOSS, SPARSITY)]
    return data, {
        "height": HEIGHT,
        "background": "transparent",
        "padding": 0,
        "encoding": {
            "x": {
                "field": EPOCH,
                "type": "quantitative",
                "axis": {"grid": False, "tickMinStep": 1, "format": "d", **TIGHT},
            },
            "color": {
                "type": "nominal",
                "scale": names,
                "legend": {
                    "orient": "top",
                    "title": None,
                    "symbolType": "stroke",
                    "offset": 4,
                    "padding": 0,
                },
            },
        },
        "layer": [{"layer": [_vega_line(curve) for curve in group]} for group in by_axis if group],
        "resolve": {"scale": {"y": "independent"}},
    }


def _vega_line(curve: Curve) -> dict[str, Any]:
    mark: dict[str, Any] = {
        "type": "line",
        "strokeWidth": curve.width,
        "strokeDash": [2, 3] if curve.dashed else [],
        "point": {"size": 50} if curve.dotted else False,
    }
    share = curve.axis == SPARSITY
    axis = {
        "title": curve.axis,
        "grid": not share,
        "orient": "right" if share else "left",
        "tickCount": 4,
        **TIGHT,
    }
    scale = {"domain": [0, 100]} if share else {"zero": False}
    height = {"field": curve.name, "type": "quantitative", "axis": axis, "scale": scale}
    return {
        "transform": [{"filter": f"isValid(datum.{curve.name})"}],
        "mark": mark,
        "encoding": {"y": height, "color": {"datum": curve.name}},
    }


def _present(moments: Sequence[Moment]) -> list[Curve]:
    return [c for c in CURVES if any(c.value(moment) is not None for moment in moments)]


def _metric(name: str | None, value: float | None) -> str:
    if name is None or value is None:
        return ""
    share = name in METRICS and METRICS[name].share
    return f", {name} {value * 100:.1f} %" if share else f", {name} {value:.3g}"
