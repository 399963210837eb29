"""dashboard/: figures, as pure functions from data to a plotly figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.colours import FAMILY_COLOURS, NEUTRAL
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.measure.metrics import METRICS
from optimizer.techniques.technique import Family

SMALLEST_MARKER, LARGEST_MARKER = 12.0, 44.0  # pixels across
FADED = 0.35
INTERVAL_COLOUR = "rgba(139, 147, 156, 0.55)"
LABEL_BACKGROUND = "rgba(139, 147, 156, 0.16)"  # readable over lines, on light and on dark
MOST_LABELS = 14  # more would cover the points; hovering and choosing still name each
CROWDED = 0.2  # of the largest size: points nearer than that share a stack of labels
LABEL_HEIGHTS = (-40, 40, -76, 76, -112, 112, -148, 148)  # pixels; negative is up
QUALITY = "quality"


@dataclass(frozen=True)
class Measure:
    """One measure that the bars show.

    Attributes:
        key: For widgets.
        title: With the unit.
        better: "smaller" or "higher".
        value: The number of a variant; None where it was not measured.
        text: The same for people.
    """

    key: str
    title: str
    better: str
    value: Callable[[Comparison], float | None]
    text: Callable[[Comparison], str]


def measures(rows: Sequence[Comparison]) -> list[Measure]:
    """Size, gzip size, quality and latency."""
    return [
        Measure(
            "size",
            "Size (KB)",
            "smaller",
            lambda row: row.variant.size_bytes / 1e3,
            lambda row: numbers.size(row.variant.size_bytes),
        ),
        Measure(
            "gzip",
            "Size after gzip (KB)",
            "smaller",
            lambda row: row.variant.gzip_bytes / 1e3,
            lambda row: numbers.size(row.variant.gzip_bytes),
        ),
        quality(rows),
        latency(rows),
    ]


def latency(rows: Sequence[Comparison]) -> Measure:
    """How long one inference takes."""
    random = any(row.variant.random_inputs for row in rows)
    return Measure(
        "latency",
        f"Latency{' on random inputs' if random else ''}, 1 thread (ms)",
        "smaller",
        _latency,
        lambda row: numbers.milliseconds(_latency(row)),
    )


def quality(rows: Sequence[Comparison]) -> Measure:
    """How good variants are: by the metric; without labels by how near they are to float32.

    Without any data how fast they are is all that can be said.
    """
    name = _metric_name(rows)
    if name:
        better = "higher" if METRICS[name].higher_is_better else "smaller"
        title = _metric_title(name)
        return Measure(
            QUALITY, title, better, _metric_value, lambda row: numbers.metric(row.variant.metric)
        )
    if any(_agreement(row) is not None for row in rows):
        return Measure(
            QUALITY,
            "Agreement with the float model (%)",
            "higher",
            lambda row: _times(_agreement(row), 100),
            lambda row: numbers.share(_agreement(row)),
        )
    if not any(row.variant.fidelity for row in rows):
        return latency(rows)
    return Measure(
        QUALITY,
        "Signal to noise against the float model (dB)",
        "higher",
        lambda row: row.variant.fidelity.snr_db if row.variant.fidelity else None,
        lambda row: numbers.decibels(row.variant.fidelity.snr_db if row.variant.fidelity else None),
    )


def trade_off(rows: Sequence[Comparison], selected: str | None) -> go.Figure:
    """Quality over size, one marker a variant, its area the latency; intervals as thin lines.

    Args:
        rows: The variants, the baseline first.
        selected: The recipe to stand out; the others fade.
    """
    measure = quality(rows)
    largest = max((_latency(row) or 0.0 for row in rows), default=0.0)
    figure = go.Figure()
    heights = _label_heights(rows)
    for row in rows:
        value = measure.value(row)
        if value is None:
            continue
        recipe = row.variant.recipe
        faded = selected is not None and recipe != selected
        colour = FAMILY_COLOURS[row.recipe.family]
        figure.add_scatter(
            x=[row.variant.size_bytes / 1e3],
            y=[value],
            name=recipe,
            customdata=[recipe],
            mode="markers",
            error_y=_error_bars(row),
            marker={
                "size": _marker_size(_latency(row), largest),
                "color": colour,
                "opacity": FADED if faded else 0.85,
                "line": {"width": 3 if recipe == selected else 1, "color": colour},
            },
            # plotly fades what is not selected by itself; the figure does so from `selected`.
            selected={"marker": {"opacity": FADED if faded else 0.85}},
            unselected={"marker": {"opacity": FADED if faded else 0.85}},
            hovertemplate=_hover(row, measure),
        )
        if len(rows) <= MOST_LABELS or recipe == selected:
            figure.add_annotation(
                x=row.variant.size_bytes / 1e3,
                y=value,
                text=f"<b>{recipe}</b>" if recipe == selected else recipe,
                ax=0,
                ay=heights[recipe],
                arrowwidth=1,
                arrowhead=0,
                arrowcolor=NEUTRAL,
                opacity=0.6 if faded else 1,
                bgcolor=LABEL_BACKGROUND,
            )
    figure.update_xaxes(
        title=f"Size (KB) {_better('smaller', horizontal=True)}", rangemode="tozero"
    )
    figure.update_yaxes(title=f"{measure.title} {_better(measure.better)}")
    return _plain(figure, height=430)


def bars(rows: Sequence[Comparison], measure: Measure, selected: str | None) -> go.Figure:
    """One measure of all variants; a gap with a dash where it was not measured."""
    recipes = [row.variant.recipe for row in rows]
    figure = go.Figure(
        go.Bar(
            y=recipes,
            x=[measure.value(row) for row in rows],
            orientation="h",
            text=[measure.text(row) for row in rows],
            textposition="outside",  # inside, its contrast depends on the colour
            cliponaxis=False,
            marker={
                "color": [FAMILY_COLOURS[row.recipe.family] for row in rows],
                "opacity": [FADED if selected not in {None, recipe} else 0.9 for recipe in recipes],
            },
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", ticksuffix="  ")
    figure.update_xaxes(
        title=f"{measure.title} {_better(measure.better, horizontal=True)}",
        range=_bar_range([measure.value(row) for row in rows], measure),
    )
    return _plain(figure, height=90 + 34 * len(rows))


def classes(counts: Sequence[int], names: Sequence[str] = ()) -> go.Figure:
    """How many samples each class has; classes without names are numbered."""
    figure = go.Figure(
        go.Bar(
            x=list(names) or [str(number) for number in range(len(counts))],
            y=list(counts),
            marker={"color": NEUTRAL},
            hovertemplate="class %{x}: %{y:,} samples<extra></extra>",
        )
    )
    figure.update_xaxes(title="Class", type="category")
    figure.update_yaxes(title="Samples", rangemode="tozero")
    return _plain(figure, height=260)


def legend(rows: Sequence[Comparison]) -> list[tuple[Family, str]]:
    """The families that occur, with their colours, in the order of the page."""
    present = {row.recipe.family for row in rows}
    return [(family, colour) for family, colour in FAMILY_COLOURS.items() if family in present]


def _metric_name(rows: Sequence[Comparison]) -> str | None:
    return next((row.variant.metric.name for row in rows if row.variant.metric), None)


def _metric_title(name: str) -> str:
    kind = METRICS[name]
    return f"{kind.title} ({'%' if kind.share else kind.unit})"


def _metric_value(row: Comparison) -> float | None:
    metric = row.variant.metric
    return _times(metric.value, _unit(metric.name)) if metric else None


def _times(value: float | None, unit: int) -> float | None:
    return None if value is None else value * unit


def _unit(name: str) -> int:
    return 100 if METRICS[name].share else 1


def _agreement(row: Comparison) -> float | None:
    return row.variant.fidelity.agreement if row.variant.fidelity else None


def _latency(row: Comparison) -> float | None:
    return row.variant.latency.median_ms if row.variant.latency else None


def _error_bars(row: Comparison) -> dict[str, object] | None:
    metric = row.variant.metric
    if metric is None or metric.value is None or metric.low is None or metric.high is None:
        return None
    unit = _unit(metric.name)
    return {
        "type": "data",
        "array": [(metric.high - metric.value) * unit],
        "arrayminus": [(metric.value - metric.low) * unit],
        "color": INTERVAL_COLOUR,
        "thickness": 1,
        "width": 4,
    }


def _label_heights(rows: Sequence[Comparison]) -> dict[str, int]:
    """How far above or below its point each label stands, in pixels.

    Labels of points that lie close together are stacked, so that they do not cover each other.
    """
    ordered = sorted(rows, key=lambda row: row.variant.size_bytes)
    width = CROWDED * max(row.variant.size_bytes for row in rows)
    heights: dict[str, int] = {}
    in_stack, stack_start = 0, 0.0
    for row in ordered:
        if row.variant.size_bytes - stack_start > width:
            in_stack, stack_start = 0, float(row.variant.size_bytes)
        heights[row.variant.recipe] = LABEL_HEIGHTS[in_stack % len(LABEL_HEIGHTS)]
        in_stack += 1
    return heights


def _marker_size(latency: float | None, largest: float) -> float:
    """Area in proportion to latency, within sizes that can be seen and clicked."""
    if latency is None or largest == 0:
        return SMALLEST_MARKER
    return max(SMALLEST_MARKER, LARGEST_MARKER * float((latency / largest) ** 0.5))


def _hover(row: Comparison, measure: Measure) -> str:
    variant = row.variant
    interval = f" ({numbers.interval(variant.metric)})" if variant.metric else ""
    lines = [
        f"<b>{variant.recipe}</b>",
        f"{numbers.size(variant.size_bytes)}, {numbers.size(variant.gzip_bytes)} after gzip",
        f"{measure.text(row)}{interval}",
        f"{numbers.milliseconds(_latency(row))}, {numbers.ratio(variant.latency)}",
    ]
    return "<br>".join(lines) + "<extra></extra>"


def _better(direction: str, *, horizontal: bool = False) -> str:
    arrows = {"smaller": "←" if horizontal else "↓", "higher": "→" if horizontal else "↑"}
    return f"  {arrows[direction]} better"


def _bar_range(values: Sequence[float | None], measure: Measure) -> list[float]:
    """From zero, with room for the text; accuracies that lie close together from where they do."""
    known = [value for value in values if value is not None] or [1.0]
    low, high = min(known), max(known)
    if measure.key == QUALITY and low > 0.5 * high:
        margin = max(high - low, 0.02 * high)
        return [low - 2 * margin, high + 1.5 * margin]
    return [0, high * 1.35]


def _plain(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        bargap=0.25,
    )
    return figure
