"""export/charts/: where the labels of points stand, so that none covers another or a point."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTHS = (290, 370, 480, 620, 800, 1000, 1250)  # pixels that a plot may be wide: phone to desk
LETTER, LINE = 6.7, 20  # pixels of a label's letter and its height, at plotly's size 12
DOT = 8  # pixels around a point that are its own
NEAR, STEP, STEPS = 18, 22, 8  # pixels: how far off the first label stands, and the next
ASIDE = (0, 24, 70, 140)  # pixels beyond a point's own, where its neighbours stand there


@dataclass(frozen=True)
class Label:
    """What is to be written at a point.

    Attributes:
        x, y: Where the point is, 0..1 of the plot from its lower left corner.
        text: Without markup.
    """

    x: float
    y: float
    text: str


Box = tuple[float, float, float, float]  # left, right, bottom, top, in pixels


MOST_KEPT = 64  # placings, which a page asks for again at each of its runs


@functools.lru_cache(MOST_KEPT)
def offsets(
    labels: tuple[Label, ...], points: tuple[tuple[float, float], ...], height: float
) -> tuple[tuple[float, float] | None, ...]:
    """Where each label's middle stands beside its point, in pixels to the right and up.

    How wide the plot will be is the browser's to say: a place is taken only if it is free at every
    width of `WIDTHS`. A label without such a place is left out (None), but for the first.

    Args:
        labels: The most wanted first.
        points: What no label may cover, 0..1 like a label's.
        height: Of the plot, in pixels.
    """
    taken: list[list[Box]] = [
        [(x * width - DOT, x * width + DOT, y * height - DOT, y * height + DOT) for x, y in points]
        for width in WIDTHS
    ]
    found: list[tuple[float, float] | None] = []
    for label in labels:
        places = _places(label)
        place = next((one for one in places if not _covered(label, one, taken, height)), None)
        if place is None and not found:
            place = min(places, key=lambda one: _covered(label, one, taken, height))
        found.append(place)
        if place is not None:
            for width, boxes in zip(WIDTHS, taken, strict=True):
                boxes.append(_box(label, place, width, height))
    return tuple(found)


def _places(label: Label) -> list[tuple[float, float]]:
    """From near to far: above and below, in the middle or to a side."""
    half = len(label.text) * LETTER / 2
    sides = [sign * (half + DOT + 4 + aside) for aside in ASIDE for sign in (1, -1)]
    ups = [sign * float(NEAR + step * STEP) for step in range(STEPS) for sign in (1, -1)]
    places = [(across, up) for across in (0.0, *sides) for up in (0.0, *ups) if across or up]
    return sorted(places, key=lambda place: math.hypot(max(0.0, abs(place[0]) - half), place[1]))


def _box(label: Label, place: tuple[float, float], width: float, height: float) -> Box:
    half = len(label.text) * LETTER / 2
    x, y = label.x * width + place[0], label.y * height + place[1]
    return x - half, x + half, y - LINE / 2, y + LINE / 2


def _covered(
    label: Label, place: tuple[float, float], taken: Sequence[Sequence[Box]], height: float
) -> int:
    """How often it would cover something or leave the plot, over all widths."""
    count = 0
    for width, boxes in zip(WIDTHS, taken, strict=True):
        left, right, bottom, top = _box(label, place, width, height)
        count += 100 * (left < 0 or right > width or bottom < 0 or top > height)
        count += sum(
            left < other[1] and other[0] < right and bottom < other[3] and other[2] < top
            for other in boxes
        )
    return count
