"""dashboard/figures/: how badly samples are rebuilt, normal ones and anomalies, by two files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.house_style import in_house_style
from optimizer.arrays import Array, Float64s
from optimizer.data.anomaly_labels import ANOMALY, NORMAL
from optimizer.export.charts.text import in_figure

HEIGHT = 320  # pixels
BINS = 40
DASHES = {NORMAL: "solid", ANOMALY: "dot"}
DECADES = 12  # below the largest error: what is smaller counts as the smallest


@dataclass(frozen=True)
class ErrorsOf:
    """The errors of one file.

    Attributes:
        name: What it is called.
        errors: (n,), of each evaluation sample.
        colour: Of its lines.
    """

    name: str
    errors: Float64s
    colour: str


def figure(
    files: Sequence[ErrorsOf],
    labels: Array,
    names: Sequence[str],
    threshold: float | None,
) -> go.Figure:
    """The share of samples at each error, by a logarithm; anomalies are dotted.

    Args:
        files: The baseline, and the file that is looked at.
        labels: (n,), 0 for normal samples and 1 for anomalies.
        names: What the two are called.
        threshold: Above which a sample is an anomaly; None where nobody knows.
    """
    edges = _edges([one.errors for one in files])
    drawn = go.Figure()
    for one in files:
        for kind in (NORMAL, ANOMALY):
            errors = one.errors[(labels == kind) & np.isfinite(one.errors)]
            if not len(errors):
                continue
            counts, _ = np.histogram(errors.clip(edges[0], edges[-1]), edges)
            title = f"{in_figure(one.name)}, {in_figure(names[kind])}"
            shares = 100 * counts / len(errors)
            drawn.add_scatter(
                x=np.repeat(edges, 2)[1:-1],
                y=np.repeat(shares, 2),
                name=title,
                mode="lines",
                line={"color": one.colour, "dash": DASHES[kind], "width": 2},
                hovertemplate="%{x:.3g}: %{y:.1f} %<extra>" + title + "</extra>",
            )
    if threshold:
        drawn.add_vline(
            x=threshold, line={"width": 1, "dash": "dash"}, annotation_text="alarm",
            annotation_position="top right",
        )  # fmt: skip
    drawn.update_xaxes(title="Error of reconstruction", type="log")
    drawn.update_yaxes(title="Share of the samples (%)", rangemode="tozero")
    return in_house_style(drawn, HEIGHT, showlegend=True)


def _edges(errors: Sequence[Float64s]) -> Float64s:
    together = np.concatenate(errors)
    known = together[np.isfinite(together) & (together > 0)]
    if not len(known):
        return np.geomspace(0.1, 1, BINS + 1)
    low, high = float(known.min()), float(known.max())
    low = max(low, high * 10.0**-DECADES)
    return np.geomspace(low * 0.999, high * 1.001, BINS + 1)
