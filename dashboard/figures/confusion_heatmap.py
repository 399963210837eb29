"""dashboard/figures/: the confusion matrix."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.house_style import in_house_style
from optimizer.export.charts.text import in_figure
from optimizer.measure.confusion import Counts

MOST_CLASSES = 30  # more make squares that nobody can read
MOST_LETTERS = 14
RIGHT, WRONG = "rgba(18, 165, 148, {:.3f})", "rgba(224, 83, 61, {:.3f})"
FAINTEST = 0.12  # of a count that is not zero
STRONGEST = 0.6  # so that a number in it can be read on light and on dark pages
CELL, AROUND = 34, 110  # pixels


def figure(counts: Counts, names: Sequence[str]) -> go.Figure:
    """True classes as rows, predicted ones as columns; a colour is a share of its row.

    What is right and what is wrong have colours of their own, each over its own range: a hundred
    errors in ten thousand would be invisible beside what is right.

    Args:
        counts: (true class, predicted class).
        names: of all classes.
    """
    samples = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(samples, 1)
    right = np.eye(len(counts), dtype=bool)
    labels = [in_figure(_short(name)) for name in names]
    names = [in_figure(name) for name in names]
    hover = [
        [
            f"{true} taken for {said}: {counts[i, j]:,} of {int(samples[i, 0]):,}"
            if i != j
            else f"{true} found: {counts[i, j]:,} of {int(samples[i, 0]):,}"
            for j, said in enumerate(names)
        ]
        for i, true in enumerate(names)
    ]
    traces = []
    for where, colour in ((right, RIGHT), (~right, WRONG)):
        shown = np.where(where & (counts > 0), shares, np.nan)
        traces.append(
            go.Heatmap(
                z=shown,
                text=np.where(where & (counts > 0), counts.astype(str), ""),
                texttemplate="%{text}",
                customdata=hover,
                hovertemplate="%{customdata}<extra></extra>",
                hoverongaps=False,
                colorscale=[(0, colour.format(FAINTEST)), (1, colour.format(STRONGEST))],
                zmin=0,
                zmax=float(np.nanmax(shown)) if np.isfinite(shown).any() else 1,
                showscale=False,
                xgap=1,
                ygap=1,
            )
        )
    places = list(range(len(labels)))
    axis = {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": labels,
        "showgrid": False,
        "zeroline": False,
    }
    return in_house_style(
        go.Figure(traces),
        CELL * len(labels) + AROUND,
        margin={"l": 0, "r": 0, "t": 24, "b": 0},
        xaxis={**axis, "title": "Taken for", "side": "top", "tickangle": -40},
        yaxis={**axis, "title": "Class", "autorange": "reversed"},
    )


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
