"""tests of measure/: boxes out of each layout of a detector's outputs, written in it by hand."""

import numpy as np
import pytest

from optimizer.data.boxes.box_format import BoxFormat
from optimizer.data.boxes.head import Background, Cells, Head, Layout, Numbers, Scores
from optimizer.errors import MeasurementError
from optimizer.measure.detection.candidates import Seen
from optimizer.measure.detection.decode import decode
from optimizer.measure.detection.suppression import suppressed
from tests.refused import refused

WIDTH, HEIGHT = 64, 32
ONE, OTHER = (0.1, 0.2, 0.5, 0.6), (0.5, 0.3, 0.92, 0.9)
WANTED = [(1, *ONE, 0.9), (0, *OTHER, 0.7)]
"""Of the sample: class, left, top, right, bottom, score."""


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def middles(box: tuple[float, ...]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def read(outputs: list[np.ndarray], head: Head, anchors: np.ndarray | None = None) -> np.ndarray:
    """What is found in one sample."""
    found = decode(
        [one.astype(np.float32) for one in outputs], Seen(head, (WIDTH, HEIGHT), anchors)
    )
    assert found.shape == (len(outputs[0]), 100, 6)
    rows: np.ndarray = found[0][found[0, :, 0] >= 0]
    return rows


def check(found: np.ndarray) -> None:
    np.testing.assert_allclose(found, WANTED, atol=1e-5)


def scored_rows(*, objectness: bool, classes: int = 2, rows: int = 7) -> np.ndarray:
    """Rows of four numbers, which stay empty, and scores; two of them hold something."""
    start = 5 if objectness else 4
    values = np.zeros((rows, start + classes))
    for row, (number, *_, score) in zip((2, 5), WANTED, strict=True):
        values[row, start + int(number)] = score / (0.95 if objectness else 1)
        values[row, start - 1] = 0.95 if objectness else values[row, start - 1]
    return values


@pytest.mark.parametrize("objectness", [True, False], ids=["v5", "v8"])
@pytest.mark.parametrize("across", [True, False], ids=["across", "rows"])
@pytest.mark.parametrize("unit", ["unit", "pixels", "640", "640x320"])
def test_yolo_rows(objectness: bool, across: bool, unit: str) -> None:
    scale = {"unit": (1, 1), "pixels": (WIDTH, HEIGHT), "640": (640, 640), "640x320": (640, 320)}
    values = scored_rows(objectness=objectness)
    for row, box in zip((2, 5), (ONE, OTHER), strict=True):
        values[row, :4] = np.array(middles(box)) * np.tile(scale[unit], 2)
    head = Head(Layout.YOLO, (0,), BoxFormat.CXCYWH, unit, objectness=objectness, across=across)
    check(read([values.T[None] if across else values[None]], head))


def test_boxes_and_logits_apart_with_a_background() -> None:
    boxes, values = np.zeros((1, 7, 4)), np.full((1, 7, 3), -20.0)
    values[..., 0] = 0  # nothing
    for row, (number, left, top, right, bottom, score) in zip((2, 5), WANTED, strict=True):
        boxes[0, row] = top, left, bottom, right
        values[0, row, int(number) + 1] = logit(score)  # against one of 0, since the third is gone
    head = Head(
        Layout.YOLO, (1, 0), BoxFormat.YXYX, scores=Scores.SOFTMAX, background=Background.FIRST
    )
    check(read([values, boxes], head))


@pytest.mark.parametrize("cells", [Cells.EXP, Cells.SQUARED, Cells.FREE, Cells.SHARES])
def test_grids_of_two_sizes(cells: Cells) -> None:
    anchors = np.array([(8, 8), (16, 12), (30, 20), (50, 30)], float)  # pixels, two of each grid
    with_anchors = cells in {Cells.EXP, Cells.SQUARED}
    several = 2 if with_anchors else 1
    given = cells is Cells.SHARES
    grids = [np.zeros((1, 4, 8, several, 7)), np.zeros((1, 2, 4, several, 7))]
    for grid in grids:
        grid[..., 4:] = 0 if given else -20
    for level, (number, left, top, right, bottom, score) in enumerate(WANTED):
        rows, columns = grids[level].shape[1:3]
        x, y, w, h = middles((left, top, right, bottom))
        column, row = int(x * columns), int(y * rows)
        at_x, at_y = x * columns - column, y * rows - row
        anchor = several - 1
        wide, high = anchors[2 * level + anchor] / (WIDTH, HEIGHT)
        box = {
            Cells.EXP: (logit(at_x), logit(at_y), np.log(w / wide), np.log(h / high)),
            Cells.SQUARED: (
                logit((at_x + 0.5) / 2), logit((at_y + 0.5) / 2),
                logit(np.sqrt(w / wide) / 2), logit(np.sqrt(h / high) / 2),
            ),
            Cells.FREE: (at_x, at_y, np.log(w * columns), np.log(h * rows)),
            Cells.SHARES: (at_x, at_y, w, h),
        }[cells]  # fmt: skip
        cell = grids[level][0, row, column, anchor]
        cell[:4] = box
        sure = 0.95
        cell[4] = sure if given else logit(sure)
        cell[5 + int(number)] = score / sure if given else logit(score / sure)
    head = Head(
        Layout.GRID, (0, 1), cells=cells, objectness=True,
        scores=Scores.GIVEN if given else Scores.SIGMOID,
    )  # fmt: skip
    flat = [grid.reshape(*grid.shape[:3], -1) for grid in grids]
    check(read(flat, head, anchors if with_anchors else None))
    first = [np.moveaxis(one, -1, 1) for one in flat]
    across = Head(**{**vars(head), "across": True})
    check(read(first, across, anchors if with_anchors else None))


def test_distances_of_sides_by_sixteen_weights() -> None:
    grid = np.full((1, 4, 8, 64 + 2), -30.0)
    for number, left, top, right, bottom, score in WANTED:
        x, y, *_ = middles((left, top, right, bottom))
        column, row = int(x * 8), int(y * 4)
        sides = (
            column + 0.5 - left * 8, row + 0.5 - top * 4, right * 8 - column - 0.5,
            bottom * 4 - row - 0.5,
        )  # fmt: skip
        for at, distance in enumerate(sides):  # between the two whole numbers beside it
            low = int(distance)
            grid[0, row, column, 16 * at + low] = np.log(1 - (distance - low) + 1e-12)
            grid[0, row, column, 16 * at + low + 1] = np.log(distance - low + 1e-12)
        grid[0, row, column, 64 + int(number)] = logit(score)
    head = Head(Layout.GRID, (0,), cells=Cells.DISTANCES, scores=Scores.SIGMOID)
    check(read([grid], head))


@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("order", [BoxFormat.CXCYWH, BoxFormat.CYCXHW])
def test_ssd_with_anchors(corners: bool, order: BoxFormat) -> None:
    rng = np.random.default_rng(0)
    size, middle = rng.uniform(0.2, 0.6, (9, 2)), rng.uniform(0.2, 0.8, (9, 2))
    offsets, values = np.zeros((1, 9, 4)), np.full((1, 9, 3), -20.0)
    for place, (number, *box, score) in zip((3, 8), WANTED, strict=True):
        x, y, w, h = middles(tuple(box))
        offsets[0, place] = (
            10 * (x - middle[place, 0]) / size[place, 0],
            10 * (y - middle[place, 1]) / size[place, 1],
            5 * np.log(w / size[place, 0]), 5 * np.log(h / size[place, 1]),
        )  # fmt: skip
        values[0, place, int(number) + 1] = logit(score)
    anchors = np.concatenate(
        [middle - size / 2, middle + size / 2] if corners else [middle, size], axis=1
    )
    if order is BoxFormat.CYCXHW:
        offsets, anchors = offsets[..., [1, 0, 3, 2]], anchors[:, [1, 0, 3, 2]]
    head = Head(Layout.SSD, (1, 0), order, scores=Scores.SIGMOID, background=Background.FIRST)
    check(read([values, offsets], head, anchors))
    with refused(MeasurementError, "9 offsets", "as many anchors", "(8, 4)"):
        read([values, offsets], head, anchors[:8])
    with refused(MeasurementError, "none were given"):
        read([values, offsets], head)


@pytest.mark.parametrize("unit", ["cells", "unit", "pixels"])
@pytest.mark.parametrize("offsets", [True, False])
def test_heat_maps_with_their_sizes(unit: str, offsets: bool) -> None:
    rows, columns = 16, 32
    heat = np.full((1, rows, columns, 2), -20.0)
    size, offset = np.zeros((1, rows, columns, 2)), np.zeros((1, rows, columns, 2))
    scale = {"cells": (columns, rows), "unit": (1, 1), "pixels": (WIDTH, HEIGHT)}[unit]
    for number, *box, score in WANTED:
        x, y, w, h = middles(tuple(box))
        column, row = int(x * columns), int(y * rows)
        heat[0, row, column, int(number)] = logit(score)
        heat[0, row, column - 1, int(number)] = logit(score - 0.1)  # no peak
        size[0, row, column] = w * scale[0], h * scale[1]
        offset[0, row, column] = x * columns - column, y * rows - row
    outputs = [heat, size, offset] if offsets else [heat, size]
    head = Head(Layout.CENTERNET, tuple(range(len(outputs))), BoxFormat.CXCYWH, unit,
                scores=Scores.SIGMOID)  # fmt: skip
    found = read(outputs, head)
    found = found[found[:, 5] > 0.01]  # flat surroundings are peaks of nearly nothing
    if offsets:
        check(found)
    else:  # within half a cell
        np.testing.assert_allclose(found, WANTED, atol=0.5 / rows + 1e-5)


def test_final_boxes_as_tflite_gives_them() -> None:
    boxes = np.zeros((1, 5, 4))
    boxes[0, :2] = [(top, left, bottom, right) for _, left, top, right, bottom, _ in WANTED]
    boxes[0, 2] = (0, 0, 1, 1)
    classes, scores = np.array([[1, 0, 0, 0, 0]]), np.array([[0.9, 0.7, 0.6, 0, 0]])
    head = Head(Layout.FINAL, (2, 3, 0, 1), BoxFormat.YXYX, nms=0)
    check(read([scores, np.array([2]), boxes, classes], head))
    assert len(read([boxes, classes, scores], Head(Layout.FINAL, (0, 1, 2), nms=0))) == 3


def test_final_rows_of_boxes_scores_and_classes() -> None:
    rows = np.zeros((1, 9, 6))
    for at, (number, *box, score) in enumerate(WANTED):
        rows[0, at] = (*box, score, number)
    check(read([rows], Head(Layout.FINAL, (0,), nms=0)))


@pytest.mark.parametrize(
    ("numbers", "ids", "model_says"),
    [
        (Numbers.FROM_0, (), (1, 0)),
        (Numbers.FROM_1, (), (2, 1)),
        (Numbers.IDS, (3, 90), (90, 3)),
        (Numbers.IDS_LESS_1, (3, 90), (89, 2)),
    ],
)
def test_classes_are_numbered_in_several_ways(
    numbers: Numbers, ids: tuple[int, ...], model_says: tuple[int, int]
) -> None:
    rows = np.zeros((1, 9, 6))
    for at, (_, *box, score) in enumerate(WANTED):
        rows[0, at] = (*box, score, model_says[at])
    rows[0, 5] = (0, 0, 1, 1, 0.99, 55)  # a class that no label has
    head = Head(Layout.FINAL, (0,), nms=0, numbers=numbers, ids=ids)
    found = read([rows], head)
    check(found[found[:, 0] < 2])


def test_suppression_is_class_by_class() -> None:
    boxes = np.array([(0, 0, 10, 10), (0, 0, 10, 8), (0, 0, 10, 8), (20, 20, 30, 30)], float)
    scores, classes = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 1, 0])
    assert suppressed(boxes, scores, classes, 0.5).tolist() == [0, 2, 3]
    assert suppressed(boxes, scores, classes, 0.8).tolist() == [0, 1, 2, 3]  # 0.8 is no more


@pytest.mark.slow
def test_suppression_keeps_what_tensorflow_keeps() -> None:
    import tensorflow as tf

    rng = np.random.default_rng(4)
    first = rng.random((200, 2))
    boxes = np.concatenate([first, first + rng.uniform(0.05, 0.4, (200, 2))], axis=1)
    scores = rng.permutation(200) / 200 + 0.001
    mine = suppressed(boxes, scores, np.zeros(200, np.int64), 0.4)
    theirs = tf.image.non_max_suppression(boxes, scores, 200, 0.4).numpy()
    assert mine.tolist() == theirs.tolist()


def test_nan_in_a_sample_stays_in_that_sample() -> None:
    rows = np.zeros((2, 9, 6), np.float32)
    rows[0, 3] = np.nan
    rows[1, 0] = (*ONE, 0.9, 1)
    found = decode([rows], Seen(Head(Layout.FINAL, (0,), nms=0), (WIDTH, HEIGHT)))
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1, 0], WANTED[0])


def test_outputs_of_another_layout_are_refused_in_words() -> None:
    with refused(MeasurementError, "cannot be read as ssd", "--head"):
        read([np.zeros((1, 7, 6))], Head(Layout.SSD, (0,)))
