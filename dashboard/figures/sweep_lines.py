"""dashboard/figures/: a sweep: what recipes of the same techniques differ in, beside what it does.

Parallel coordinates: an axis for each number, a line for each variant.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.figures.colours import INK
from dashboard.figures.house_style import in_house_style
from optimizer.choose.comparison import Comparison
from optimizer.export.charts.measures import (
    CHANGE,
    GZIP,
    LATENCY,
    QUALITY,
    SIZE,
    Measure,
    axes,
    better,
)
from optimizer.techniques.registry import TECHNIQUES

FEWEST = 3  # variants of a sweep
HEIGHT, SIDE, TOP = 360, 70, 60  # pixels
SHOWN = (SIZE, GZIP, CHANGE, QUALITY, LATENCY)
COLOURS = "Viridis"  # even to those who cannot tell red from green


@dataclass(frozen=True)
class Sweep:
    """Variants whose recipes have the same techniques.

    Attributes:
        name: The techniques: `prune+int8`.
        rows: The variants.
        differing: Title and values of each number in which the recipes differ.
    """

    name: str
    rows: tuple[Comparison, ...]
    differing: tuple[tuple[str, tuple[float, ...]], ...]


def sweeps(rows: Sequence[Comparison]) -> list[Sweep]:
    """All sweeps among these variants, that with most variants first."""
    chains: dict[str, list[Comparison]] = defaultdict(list)
    for row in rows:
        chains["+".join(step.name for step in row.recipe.steps)].append(row)
    found = [
        Sweep(name, tuple(members), _differing(members))
        for name, members in chains.items()
        if len(members) >= FEWEST
    ]
    return sorted((one for one in found if one.differing), key=lambda one: -len(one.rows))


def figure(sweep: Sweep, theme: str) -> go.Figure:
    """One line a variant, coloured by what it loses, or else by its size.

    Args:
        sweep: Of `sweeps`.
        theme: "light" or "dark".
    """
    there = axes(sweep.rows)
    measures = [there[key] for key in SHOWN if key in there]
    if CHANGE in there:
        measures = [one for one in measures if one.key != QUALITY]
    known = [row for row in sweep.rows if None not in (one.value(row) for one in measures)]
    places = [sweep.rows.index(row) for row in known]
    dimensions = [
        {"label": title, "values": [values[place] for place in places]}
        for title, values in sweep.differing
    ]
    dimensions += [
        {"label": _short(one), "values": [one.value(row) for row in known]} for one in measures
    ]
    by = next((one for one in measures if one.key in {CHANGE, QUALITY}), measures[0])
    ink = {"color": INK[theme], "size": 12}
    drawn = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={
                "color": [by.value(row) for row in known],
                "colorscale": COLOURS,
                "reversescale": by.better == "smaller",
            },
            labelfont=ink,
            tickfont=ink,
            rangefont=ink,
        )
    )
    margin = {"l": SIDE, "r": SIDE, "t": TOP, "b": 20}
    return in_house_style(drawn, HEIGHT, margin=margin)


def _short(measure: Measure) -> str:
    """The title without what stands in all of them, and where the better ones lie."""
    title = measure.title.replace(", change against float32", " change").replace(", 1 thread", "")
    return f"{title}{better(measure.better).removesuffix(' better')}"


def _differing(rows: Sequence[Comparison]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    found = []
    for place, step in enumerate(rows[0].recipe.steps):
        for name, field in step.declared().items():
            if field.annotation not in {int, float}:
                continue
            values = tuple(float(getattr(row.recipe.steps[place], name)) for row in rows)
            if len(set(values)) > 1:
                found.append((f"{TECHNIQUES[step.name].label}: {field.title}", values))
    return tuple(found)
