"""dashboard/figures/: where the time of an inference goes."""

from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import in_house_style
from optimizer.export import numbers
from optimizer.export.charts.text import in_figure
from optimizer.measure.measurements import Profile
from optimizer.techniques.family import INTEGER, QAT

MOST_BARS = 14
LONGEST_NAME = 38  # characters above a bar
THICKNESS, ROW = 0.32, 42  # of a bar, of the room that it has; and that room in pixels
AROUND = 90  # pixels
LEAST_SHOWN = 0.001  # milliseconds
FAST, OWN, OTHERS = "XNNPACK, a fast kernel", "LiteRT’s own kernel", "all others"
COLOURS = {
    FAST: INTEGER.colour,
    OWN: QAT.colour,
    OTHERS: NEUTRAL,
}


@dataclass(frozen=True)
class Bar:
    """All steps of one kind.

    Attributes:
        name: Of the kernel or operator.
        kind: A key of `COLOURS`.
        count: How many steps.
        milliseconds: All together.
        share: Of the time (0..1).
    """

    name: str
    kind: str
    count: int
    milliseconds: float
    share: float


def bars(profile: Profile) -> list[Bar]:
    """Steps of the same name together, those that take most first, small ones as one."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for step in profile.operators:
        kind = FAST if step.delegated else OWN
        found.setdefault((step.name, kind), []).append((step.milliseconds, step.share))
    made = [_bar(name, kind, parts) for (name, kind), parts in found.items()]
    made.sort(key=lambda bar: -bar.share)
    if len(made) <= MOST_BARS:
        return made
    shown, rest = made[: MOST_BARS - 1], made[MOST_BARS - 1 :]
    together = Bar(
        f"{len(rest)} others",
        OTHERS,
        sum(bar.count for bar in rest),
        sum(bar.milliseconds for bar in rest),
        sum(bar.share for bar in rest),
    )
    return [*shown, together]


def figure(profile: Profile) -> go.Figure:
    """One bar a kind of step, coloured by who runs it; its name stands above it.

    Names of kernels are long: beside the bars they would leave no room on a phone.
    """
    shown = bars(profile)
    drawn = go.Figure()
    for kind, colour in COLOURS.items():
        mine = [(place, bar) for place, bar in enumerate(shown) if bar.kind == kind]
        if mine:
            drawn.add_bar(
                y=[place for place, _ in mine],
                x=[100 * bar.share for _, bar in mine],
                width=THICKNESS,
                name=kind,
                orientation="h",
                marker={"color": colour, "opacity": 0.9},
                customdata=[_words(bar) for _, bar in mine],
                hovertemplate="%{customdata}<extra></extra>",
            )
    for place, bar in enumerate(shown):
        drawn.add_annotation(
            x=0,
            y=place - THICKNESS / 2,
            text=_words(bar),
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            align="left",
        )
    drawn.update_xaxes(title="Share of the time (%)", rangemode="tozero", fixedrange=True)
    drawn.update_yaxes(visible=False, range=[len(shown) - 0.5, -0.9], fixedrange=True)
    return in_house_style(drawn, AROUND + ROW * len(shown), showlegend=True)


def _bar(name: str, kind: str, parts: list[tuple[float, float]]) -> Bar:
    spent, shares = zip(*parts, strict=True)
    return Bar(name, kind, len(parts), sum(spent), sum(shares))


def _words(bar: Bar) -> str:
    """`Convolution (NHWC, QC8) DWConv ×5: 29.0 %, 0.021 ms`."""
    name = bar.name
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1]}…"
    times = f" ×{bar.count}" if bar.count > 1 else ""
    spent = (
        numbers.milliseconds(bar.milliseconds)
        if bar.milliseconds >= LEAST_SHOWN
        else f"under {LEAST_SHOWN} ms"
    )
    return f"{in_figure(name)}{times}: {numbers.share(bar.share)}, {spent}"
