"""tests of data/: the text that says how boxes are read."""

import pytest

from optimizer.data.boxes.box_format import BoxFormat
from optimizer.data.boxes.head import USED, Head, Layout, Scores, parse_head
from optimizer.errors import DataError
from tests.refused import refused


@pytest.mark.parametrize("layout", list(Layout))
def test_what_a_head_says_of_itself_reads_back(layout: Layout) -> None:
    head = Head(
        layout, (2, 0), BoxFormat.CYCXHW, "640x480", Scores.SIGMOID, objectness=True, across=True,
        variances=(10, 2.5), least=0.05, nms=0.45,
    )  # fmt: skip
    again, given = parse_head(str(head))
    assert again is layout
    assert given == {name: getattr(head, name) for name in USED[layout]}


def test_nothing_said_is_nothing_given() -> None:
    assert parse_head("  ") == (None, {})
    assert parse_head("ssd") == (Layout.SSD, {})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("rcnn", ("rcnn", "yolo, grid, ssd, centernet, final")),
        ("yolo(nms=2)", ("nms=2", "0 to 1")),
        ("yolo(boxes=corners)", ("boxes=corners", "xyxy", "cxcywh")),
        ("yolo(unit=-5)", ("unit=-5", "640x480")),
        ("ssd(unit=pixels)", ("unit", "ssd", "variances")),
        ("yolo(outputs=a)", ("outputs=a", "0+1")),
        ("yolo(boxes", ("yolo(boxes", "brackets")),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, parts: tuple[str, ...]) -> None:
    with refused(DataError, *parts):
        parse_head(text)
