"""dashboard/figures/: how the weights of a tensor spread, over those of the baseline."""

from itertools import pairwise
from math import prod

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import in_house_style
from optimizer.export import numbers
from optimizer.export.charts.text import in_figure
from optimizer.measure.histograms import WeightHistogram
from optimizer.words import number

HEIGHT = 340  # pixels
HEADROOM = 1.15
BEFORE = "float32"
STANDS_OUT = 3  # times the next largest: a bin that high, of the zeros of pruning, is cut


def figure(histogram: WeightHistogram, recipe: str, colour: str) -> go.Figure:
    """The weights of a variant over those of the baseline, in shares of all weights.

    The bin around zero is cut where it would flatten the others; its height is written on it.

    Args:
        histogram: Of one tensor.
        recipe: The variant's.
        colour: Of its family.
    """
    parts = [(BEFORE, histogram.before, NEUTRAL)] if histogram.before else []
    parts.append((in_figure(recipe), histogram.after, colour))
    edges = np.linspace(-histogram.limit, histogram.limit, len(histogram.after) + 1)
    shares = [100 * np.array(counts) / max(1, sum(counts)) for _, counts, _ in parts]
    top = _top(shares)
    drawn = go.Figure()
    for (name, _, tone), heights in zip(parts, shares, strict=True):
        drawn.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=heights,
            width=edges[1] - edges[0],
            name=name,
            marker={"color": tone, "opacity": 0.6, "line": {"width": 0}},
            customdata=[f"{_number(low)} to {_number(high)}" for low, high in pairwise(edges)],
            hovertemplate="%{customdata}: %{y:.2f} %<extra>" + name + "</extra>",
        )
        middle = len(heights) // 2
        if heights[middle] > top:
            drawn.add_annotation(
                x=0,
                y=top,
                text=f"{name}: {heights[middle]:.0f} % around 0",
                showarrow=False,
                xanchor="left",
                xshift=10,
                yshift=-14 - 18 * (len(drawn.layout.annotations)),
            )
    drawn.update_xaxes(title="Weight", range=[-histogram.limit, histogram.limit])
    drawn.update_yaxes(title="Share of the weights (%)", range=[0, top])
    return in_house_style(drawn, HEIGHT, barmode="overlay", bargap=0, showlegend=True)


def in_words(histogram: WeightHistogram) -> str:
    """What a histogram does not show: how many weights are exactly 0, and how far they moved."""
    total = max(1, prod(histogram.shape))
    zeros = numbers.share(histogram.zeros / total)
    if not histogram.before:
        return f"{total:,} weights, {zeros} of them exactly 0."
    before = numbers.share(histogram.zeros_before / total)
    text = f"{total:,} weights, {zeros} of them exactly 0; in float32 {before}."
    if histogram.snr_db is not None:
        text += (
            f" Signal to noise against float32: {numbers.decibels(histogram.snr_db)}; the higher, "
            "the nearer."
        )
    elif histogram.before == histogram.after:
        text += " They are the same as in float32."
    return text


def _number(value: float) -> str:
    return number(value)


def _top(shares: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> float:
    """The height of the axis, in percent: of the bins beside zero, if that one towers."""
    middle = len(shares[0]) // 2
    highest = max(float(heights.max()) for heights in shares)
    beside = max(float(np.delete(heights, middle).max()) for heights in shares)
    cut = beside > 0 and highest > STANDS_OUT * beside
    return HEADROOM * (beside if cut else highest) or 1.0
