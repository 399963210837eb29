"""export/charts/: what each variant costs and buys: a dot a variant, on two axes to choose."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.choose.pareto import on_front
from optimizer.choose.proofs import Answer
from optimizer.export import numbers
from optimizer.export.charts.labels import Label, offsets
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
from optimizer.export.charts.room import bound
from optimizer.export.charts.text import in_figure
from optimizer.export.short_names import short_names
from optimizer.techniques.family import BASELINE, Family
from optimizer.techniques.registry import conversions, training_steps

NEUTRAL = BASELINE.colour
HEIGHT, AXIS = 440, 70  # pixels: of the figure, and of what is below and above its plot
DOT = 12  # pixels across, of every variant
CHOSEN_RIM, RIM = 3.0, 1.5  # pixels
FAR = 0.3  # how opaque a variant off the front is
MOST_LABELS = 16
MARGIN = 0.08  # of the range of an axis, around what it shows
DECADE = 10.0
SYMBOLS = {Answer.HELD: "circle", Answer.OPEN: "circle-open", Answer.BROKEN: "x-thin-open"}
VERDICT_COLOURS = {Answer.HELD: "#16a34a", Answer.OPEN: "#d98a1f", Answer.BROKEN: "#e0533d"}
VERDICT_LEGEND = (
    ("inherit", "●", "proved to hold the limits"),
    ("inherit", "○", "open"),
    ("inherit", "✕", "broken"),
    ("inherit", "┈", "best for its cost"),
)
"""Colour, mark and meaning of what is no family."""
ROOM = "rgba(22, 163, 74, 0.10)"  # inside the limits
ROOM_EDGE = {"color": "rgba(22, 163, 74, 0.7)", "width": 1, "dash": "dash"}
LABEL_BACKGROUND = "rgba(139, 147, 156, 0.16)"  # readable over lines, on light and on dark


def default_axes(rows: Sequence[Comparison]) -> tuple[str, str]:
    """What is shown first: the change of the metric, or what there is, over size."""
    there = axes(rows)
    return SIZE, next(key for key in (CHANGE, QUALITY, LATENCY, SIZE) if key in there)


@dataclass(frozen=True)
class _Axis:
    """One axis, and how values lie on it.

    Attributes:
        measure: What it shows.
        log: Whether it is logarithmic, as costs that span more than a decade are.
        limit: The worst value inside the limits; None where it has none.
        low, high: Its ends, logarithms of values where it is logarithmic.
    """

    measure: Measure
    log: bool
    limit: float | None
    low: float
    high: float

    def place(self, value: float) -> float:
        """In the unit of `low` and `high`."""
        return math.log10(value) if self.log else value

    def share(self, value: float) -> float:
        """0..1 from its lower end."""
        return (self.place(value) - self.low) / (self.high - self.low)

    def room(self) -> tuple[float, float]:
        """Its part inside the limits, as values."""
        low, high = ((10**end if self.log else end) for end in (self.low, self.high))
        if self.limit is None:
            return low, high
        if self.measure.better == "smaller":
            return low, max(low, min(high, self.limit))
        return min(high, max(low, self.limit)), high


def trade_off(
    rows: Sequence[Comparison],
    choice: Choice,
    selected: str | None,
    across: str | None = None,
    up: str | None = None,
    named: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One dot a variant, all of one size; the Pareto front is drawn, and what is off it fades.

    The room inside the limits is shaded. A dot's shape is its verdict: full where the limits are
    proved to hold, hollow where that is open, crossed where one is broken.

    Args:
        rows: The variants, the baseline first.
        choice: Its verdicts and limits.
        selected: The recipe to stand out, with its intervals.
        across, up: Keys of `optimizer.export.charts.measures.axes`; None is the default.
        named: Marks of recipes that are labelled first and never fade: "choice, smallest", of
            which the first is written.

    Returns:
        `data` and `layout`, as `plotly.graph_objects.Figure` and plotly.js take them.
    """
    there = axes(rows)
    default_across, default_up = default_axes(rows)
    over, upon = there[across or default_across], there[up or default_up]
    shown = [row for row in rows if None not in (over.value(row), upon.value(row))]
    x_axis, y_axis = (_axis(measure, shown, rows, choice, selected) for measure in (over, upon))
    front = _front(shown, over, upon)
    layout: dict[str, Any] = {
        "xaxis": _drawn(x_axis, horizontal=True),
        "yaxis": _drawn(y_axis, horizontal=False),
    }
    if not shown:
        return {"data": [], "layout": layout}
    best = [row for row in shown if row.variant.recipe in front]
    data = [
        _dots(shown, {*front, *(named or {})}, choice, selected, (x_axis, y_axis)),
        _line(best, over, upon),
    ]
    layout["annotations"] = _annotations(
        shown, front, (selected, rows[0].variant.recipe), named or {}, (x_axis, y_axis)
    )
    layout["shapes"] = _room(x_axis, y_axis)
    return {"data": data, "layout": layout}


def legend(rows: Sequence[Comparison]) -> list[Family]:
    """The families that occur: those of conversions, those of training, and others."""
    present = dict.fromkeys(row.recipe.family for row in rows)
    listed = (kind.family for kind in (*conversions(), *training_steps()))
    families = dict.fromkeys((*listed, *present))
    return [family for family in families if family in present]


def _drawn(axis: _Axis, *, horizontal: bool) -> dict[str, Any]:
    """An axis as plotly takes it."""
    arrow = better(axis.measure.better, horizontal=horizontal)
    return {
        "title": {"text": f"{axis.measure.title} {arrow}"},
        "type": "log" if axis.log else "linear",
        "range": [axis.low, axis.high],
        "zeroline": axis.measure.key == CHANGE,
        **({"dtick": "D2"} if axis.log else {}),
    }


def _axis(
    measure: Measure,
    shown: Sequence[Comparison],
    rows: Sequence[Comparison],
    choice: Choice,
    selected: str | None,
) -> _Axis:
    values = [_known(measure, row) for row in shown] or [1.0]
    low, high = min(values), max(values)
    cost = measure.better == "smaller" and measure.key not in {CHANGE, QUALITY}
    log = cost and low > 0 and high > DECADE * low
    limit = bound(measure.key, rows, choice.limits)
    if limit is not None and (not cost or low / DECADE < limit < 2 * high):
        low, high = min(low, limit), max(high, limit)
    interval = next((measure.interval(r) for r in shown if r.variant.recipe == selected), None)
    if interval and not log:
        low, high = min(low, interval[0]), max(high, interval[1])
    if log:
        low, high = math.log10(low), math.log10(high)
    span = (high - low) or abs(high) or 1.0
    return _Axis(measure, log, limit, low - MARGIN * span, high + MARGIN * span)


def _known(measure: Measure, row: Comparison) -> float:
    value = measure.value(row)
    assert value is not None  # noqa: S101 (for the type checker: others are left out before)
    return value


def _front(shown: Sequence[Comparison], over: Measure, upon: Measure) -> set[str]:
    signs = [1 if measure.better == "smaller" else -1 for measure in (over, upon)]
    costs = np.array([[_known(over, row), _known(upon, row)] for row in shown], float)
    if not len(costs):
        return set()
    on = on_front(costs * signs)
    return {row.variant.recipe for row, best in zip(shown, on, strict=True) if best}


def _dots(
    shown: Sequence[Comparison],
    solid: set[str],
    choice: Choice,
    selected: str | None,
    both: tuple[_Axis, _Axis],
) -> dict[str, Any]:
    """All variants in one trace, in their order: a trace each takes the browser long."""
    over, upon = both[0].measure, both[1].measure
    recipes = [row.variant.recipe for row in shown]
    verdicts = [choice.of(recipe).verdict for recipe in recipes]
    fill = [
        _rgba(row.recipe.family.colour, 1.0 if recipe in solid or recipe == selected else FAR)
        for row, recipe in zip(shown, recipes, strict=True)
    ]
    rims = [CHOSEN_RIM if recipe == selected else RIM for recipe in recipes]
    bars = {
        name: bar
        for name, measure in (("error_x", over), ("error_y", upon))
        if (bar := _error_bars(shown, measure, selected))
    }
    return {
        "type": "scatter",
        "x": [over.value(row) for row in shown],
        "y": [upon.value(row) for row in shown],
        "customdata": recipes,
        "mode": "markers",
        "cliponaxis": False,
        **bars,
        "marker": {
            "size": DOT,
            "symbol": [SYMBOLS[verdict] for verdict in verdicts],
            "color": fill,
            "opacity": 1,
            "line": {"width": rims, "color": fill},
        },
        # plotly fades what is not selected by itself; the colours do, from `selected`.
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hovertext": [
            _hover(row, verdict, over, upon) for row, verdict in zip(shown, verdicts, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _line(best: Sequence[Comparison], over: Measure, upon: Measure) -> dict[str, Any]:
    """The front as steps: what can be had for what the axis below says."""
    points = sorted((_known(over, row), _known(upon, row)) for row in best)
    return {
        "type": "scatter",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "mode": "lines",
        "line": {
            "shape": "hv" if over.better == "smaller" else "vh",
            "color": NEUTRAL,
            "width": 1.5,
            "dash": "dot",
        },
        "hoverinfo": "skip",
    }


def _error_bars(
    shown: Sequence[Comparison], measure: Measure, selected: str | None
) -> dict[str, Any] | None:
    """The interval of the chosen variant; of the others the hover text has it."""
    row = next((row for row in shown if row.variant.recipe == selected), None)
    interval = measure.interval(row) if row else None
    if row is None or interval is None:
        return None
    value = _known(measure, row)
    lengths = (interval[1] - value, value - interval[0])
    above, below = ([length if one is row else 0.0 for one in shown] for length in lengths)
    return {
        "type": "data",
        "array": above,
        "arrayminus": below,
        "color": row.recipe.family.colour,
        "thickness": 2,
        "width": 0,  # of those that have none nothing is seen
    }


def _room(x_axis: _Axis, y_axis: _Axis) -> list[dict[str, Any]]:
    """The shaded part of the plot in which both limits hold, and a line at each limit."""
    limits = [(name, axis.limit) for name, axis in (("x", x_axis), ("y", y_axis))]
    if all(limit is None for _, limit in limits):
        return []
    (left, right), (bottom, top) = x_axis.room(), y_axis.room()
    inside = {
        "type": "rect", "layer": "below", "fillcolor": ROOM, "line": {"width": 0},
        "x0": left, "x1": right, "y0": bottom, "y1": top,
    }  # fmt: skip
    lines = [
        {
            "type": "line", "layer": "below", "line": ROOM_EDGE,
            f"{name}0": limit, f"{name}1": limit, f"{other}0": 0, f"{other}1": 1,
            f"{other}ref": f"{other} domain",
        }
        for (name, limit), other in zip(limits, "yx", strict=True) if limit is not None
    ]  # fmt: skip
    return [inside, *lines]


def _annotations(
    shown: Sequence[Comparison],
    front: set[str],
    chosen: tuple[str | None, str],
    named: Mapping[str, str],
    both: tuple[_Axis, _Axis],
) -> list[dict[str, Any]]:
    """Labels of the chosen, those with a name, the baseline and the front, where there is room."""
    selected, baseline = chosen
    x_axis, y_axis = both
    names = short_names([row.variant.recipe for row in shown])
    where = {
        row.variant.recipe: (_known(x_axis.measure, row), _known(y_axis.measure, row))
        for row in shown
    }
    wanted = [
        one for one in dict.fromkeys((selected, *named, baseline, *sorted(front))) if one in where
    ]
    if len(shown) <= MOST_LABELS:
        wanted += [recipe for recipe in where if recipe not in wanted]
    wanted = wanted[:MOST_LABELS]
    shares = {one: (x_axis.share(x), y_axis.share(y)) for one, (x, y) in where.items()}
    marks = {one: mark.partition(",")[0] for one, mark in named.items()}  # a phone has room for one
    texts = {one: " · ".join(filter(None, (names[one], marks.get(one)))) for one in wanted}
    labels = tuple(Label(*shares[one], texts[one]) for one in wanted)
    crowd = tuple(shares[one] for one in where if len(shown) <= 4 * MOST_LABELS or one in front)
    places = offsets(labels, crowd, HEIGHT - AXIS)
    return [
        {
            "x": x_axis.place(where[one][0]), "y": y_axis.place(where[one][1]),
            "text": f"<b>{in_figure(texts[one])}</b>" if one == selected else in_figure(texts[one]),
            "ax": place[0], "ay": -place[1], "xanchor": "center", "yanchor": "middle",
            "arrowwidth": 1, "arrowhead": 0, "arrowcolor": NEUTRAL, "standoff": DOT / 2,
            "borderpad": 0, "bgcolor": LABEL_BACKGROUND, "captureevents": False,
        }
        for one, place in zip(wanted, places, strict=True) if place is not None
    ]  # fmt: skip


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def _hover(row: Comparison, verdict: Answer, over: Measure, upon: Measure) -> str:
    variant = row.variant
    latency = variant.latency.median_ms if variant.latency else None
    lines = [
        f"<b>{in_figure(variant.recipe)}</b>",
        f"limits: <span style='color:{VERDICT_COLOURS[verdict]}'>{verdict.value}</span>",
        f"{numbers.size(variant.size_bytes)}, {numbers.size(variant.gzip_bytes)} after gzip",
    ]
    if variant.metric:
        changed = numbers.change(variant.metric.name, row.difference)
        interval = numbers.change_interval(variant.metric.name, row.difference)
        lines.append(f"{numbers.metric(variant.metric)} ({numbers.interval(variant.metric)})")
        if row.difference:
            lines.append(f"{changed} against float32 ({interval})")
    lines.append(f"{numbers.milliseconds(latency)}, {numbers.ratio(variant.latency)}")
    seen = {SIZE, LATENCY, QUALITY, CHANGE, GZIP} if variant.metric else {SIZE, LATENCY, GZIP}
    lines += [
        f"{in_figure(measure.title.rpartition(' (')[0])}: {measure.text(row)}"
        for measure in (over, upon)
        if measure.key not in seen
    ]
    return "<br>".join(lines)
