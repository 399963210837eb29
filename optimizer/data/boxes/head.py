"""data/boxes/: how a detector's outputs are read as boxes: one value, with a text form.

    yolo(outputs=0, boxes=cxcywh, unit=pixels, scores=given, nms=0.7)

What a text does not say is proposed from the outputs' shapes and names, see `proposed_head`, and
tried on samples where that does not decide, see `tasks.head_reading`.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from optimizer.data.boxes.box_format import BoxFormat
from optimizer.errors import DataError

TEXT = re.compile(r"\s*([a-z_]+)\s*(?:\((.*)\))?\s*")
ENDS = ("unit", "pixels", "cells")
SPAN = re.compile(r"(\d+(?:\.\d+)?)(?:x(\d+(?:\.\d+)?))?")


class Layout(str, Enum):
    """How a detector gives its boxes.

    Attributes:
        YOLO: A row for each box, decoded: four numbers, maybe an objectness, and a score for each
            class, as YOLOv5 and v8 have them; or boxes and scores as two outputs.
        GRID: Raw values for each cell of one or more grids, as YOLO's convolutions give them.
        SSD: Offsets from anchors, and scores, as two outputs.
        CENTERNET: Heat maps of middles, with sizes, and maybe offsets.
        FINAL: What remains after suppression: boxes, classes, scores, and maybe their count, as
            TFLite_Detection_PostProcess gives them; or a row for each box: corners, score, class.
    """

    YOLO = "yolo"
    GRID = "grid"
    SSD = "ssd"
    CENTERNET = "centernet"
    FINAL = "final"


class Scores(str, Enum):
    """What makes scores of the values that a model gives for them."""

    GIVEN = "given"
    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


class Background(str, Enum):
    """Which of the scores stands for nothing."""

    NONE = "none"
    FIRST = "first"
    LAST = "last"


class Cells(str, Enum):
    """How a box is written in a cell of a grid.

    Attributes:
        EXP: Of YOLOv2 to v4: the middle by a sigmoid within the cell, the size a power of e times
            the anchor's.
        SQUARED: Of YOLOv5 and v7: the middle by a sigmoid from half a cell before to half a cell
            behind, the size up to four times the anchor's.
        FREE: Of YOLOX, without anchors: the middle as an offset in cells, the size a power of e
            times the cell's.
        DISTANCES: Of YOLOv8 and later: of each side 16 values, which weigh its distance in cells.
        SHARES: Of YOLOv1: the middle within the cell and the size as a share of the picture, both
            as they are.
    """

    EXP = "exp"
    SQUARED = "squared"
    FREE = "free"
    DISTANCES = "distances"
    SHARES = "shares"


class Numbers(str, Enum):
    """How the model numbers its classes, against the labels' order.

    Attributes:
        FROM_0, FROM_1: The labels' first class is 0, or 1.
        IDS, IDS_LESS_1: By the numbers that the file of labels gives the classes, as COCO's do, or
            by those less one.
    """

    FROM_0 = "from_0"
    FROM_1 = "from_1"
    IDS = "ids"
    IDS_LESS_1 = "ids_less_1"


@dataclass(frozen=True)
class Head:
    """How a detector's outputs are read.

    Attributes:
        layout: See `Layout`.
        outputs: The places of the model's outputs, in the layout's order: rows, or boxes and scores
            (`YOLO`, `SSD`); the grids, the finest first; heat, sizes and offsets (`CENTERNET`);
            rows, or boxes, classes, scores and count (`FINAL`).
        boxes: Which four numbers a box is; of SSD's offsets and anchors the order of their axes,
            of heat maps that of the sizes.
        unit: What a coordinate is counted in: `unit`, shares of the picture; `pixels` of the
            model's input; `cells` of a heat map; a number or two (640, 640x480): the picture's
            width and height in it.
        scores: What makes scores of the values.
        objectness: Whether a value stands before the classes that says whether there is anything;
            scores are multiplied with it.
        background: Which of the scores stands for nothing.
        across: Whether boxes, or the cells of grids and maps, lie on the last axes, and their
            values on the one before.
        cells: How boxes are written in grids.
        variances: What SSD's offsets of middles and of sizes are divided by.
        least: Scores below count as nothing found.
        nms: Above which overlap with a better box of its class a box goes; 0: none goes.
        numbers: How the model numbers its classes.
        ids: Of the labels' classes the numbers that the file gives them; empty where it gives none.
        anchors: SHA-256 of the anchors; empty where there are none. They lie beside the samples.
    """

    layout: Layout
    outputs: tuple[int, ...]
    boxes: BoxFormat = BoxFormat.XYXY
    unit: str = "unit"
    scores: Scores = Scores.GIVEN
    objectness: bool = False
    background: Background = Background.NONE
    across: bool = False
    cells: Cells = Cells.EXP
    variances: tuple[float, float] = (10.0, 5.0)
    least: float = 0.001
    nms: float = 0.6
    numbers: Numbers = Numbers.FROM_0
    ids: tuple[int, ...] = ()
    anchors: str = ""

    def __str__(self) -> str:
        """The text form, without what the layout does not use."""
        told = [f"{name}={_told(getattr(self, name))}" for name in USED[self.layout]]
        return f"{self.layout.value}({', '.join(told)})"

    def span(self, pixels: tuple[int, int], cells: tuple[int, int] = (1, 1)) -> tuple[float, float]:
        """Which coordinates the picture's right and lower end have.

        Args:
            pixels: Width and height of the model's input.
            cells: Of the heat map.
        """
        if self.unit in ENDS:
            wide, high = {"unit": (1, 1), "pixels": pixels, "cells": cells}[self.unit]
            return float(wide), float(high)
        return parse_span(self.unit)

    @property
    def class_numbers(self) -> tuple[int, ...] | None:
        """The model's number of each of the labels' classes; None where they are the same."""
        if self.numbers is Numbers.IDS:
            return self.ids
        return (
            tuple(number - 1 for number in self.ids) if self.numbers is Numbers.IDS_LESS_1 else None
        )


USED: dict[Layout, tuple[str, ...]] = {
    Layout.YOLO: ("outputs", "boxes", "unit", "scores", "objectness", "background", "across",
                  "least", "nms", "numbers"),
    Layout.GRID: ("outputs", "cells", "scores", "objectness", "across", "least", "nms", "numbers"),
    Layout.SSD: ("outputs", "boxes", "variances", "scores", "background", "least", "nms",
                 "numbers"),
    Layout.CENTERNET: ("outputs", "boxes", "unit", "scores", "across", "least", "nms", "numbers"),
    Layout.FINAL: ("outputs", "boxes", "unit", "least", "nms", "numbers"),
}  # fmt: skip
"""What can be said of each layout."""


def parse_span(text: str) -> tuple[float, float]:
    """A picture's width and height: 640 or 640x480.

    Raises:
        ValueError: it is neither.
    """
    wide, high = (SPAN.fullmatch(text) or _never()).groups()
    return float(wide), float(high or wide)


def parse_head(text: str) -> tuple[Layout | None, dict[str, Any]]:
    """What a user says of the reading: the layout, and what else is given, in the types of `Head`.

    >>> parse_head("yolo(nms=0.5)")
    (<Layout.YOLO: 'yolo'>, {'nms': 0.5})

    Raises:
        DataError: it cannot be read.
    """
    if not text.strip():
        return None, {}
    match = TEXT.fullmatch(text)
    layouts = [one.value for one in Layout]
    if match is None or match[1] not in layouts:
        raise DataError(
            f"“{text}” says no way to read boxes. Begin with {', '.join(layouts)}, and what else "
            "you know in brackets: yolo(boxes=cxcywh, unit=pixels)."
        )
    layout, given = Layout(match[1]), {}
    for part in filter(None, (one.strip() for one in (match[2] or "").split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in USED[layout]:
            raise DataError(
                f"“{name}” cannot be said of {layout.value}; {', '.join(USED[layout])} can."
            )
        given[name] = _value(name, value)
    return layout, given


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return "+".join(f"{one:g}" for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(name: str, text: str) -> object:
    try:
        return _READERS[name](text)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{name}={text} cannot be read: expected {_EXPECTED[name]}.") from error


def _never() -> Any:
    raise ValueError


def _share(text: str) -> float:
    value = float(text)
    return value if 0 <= value <= 1 else _never()


def _unit(text: str) -> str:
    if text not in ENDS and min(parse_span(text)) <= 0:
        _never()
    return text


def _pair(text: str) -> tuple[float, float]:
    middle, size = (float(one) for one in text.split("+"))
    return (middle, size) if middle > 0 and size > 0 else _never()


_READERS: dict[str, Any] = {
    "outputs": lambda text: tuple(int(one) for one in text.split("+")),
    "boxes": BoxFormat,
    "unit": _unit,
    "scores": Scores,
    "objectness": {"yes": True, "no": False}.__getitem__,
    "background": Background,
    "across": {"yes": True, "no": False}.__getitem__,
    "cells": Cells,
    "variances": _pair,
    "least": _share,
    "nms": _share,
    "numbers": Numbers,
}


def _either(kind: type[Enum]) -> str:
    return ", ".join(str(one.value) for one in kind)


_EXPECTED = {
    "outputs": "places of outputs from 0, joined by +, such as 0+1",
    "boxes": _either(BoxFormat),
    "unit": "unit, pixels, cells, or the picture's size such as 640 or 640x480",
    "scores": _either(Scores),
    "objectness": "yes or no",
    "background": _either(Background),
    "across": "yes or no",
    "cells": _either(Cells),
    "variances": "two numbers above 0 such as 10+5",
    "least": "a share, 0 to 1",
    "nms": "a share, 0 to 1",
    "numbers": _either(Numbers),
}
