"""measure/detection/: raw values for each cell of grids, as YOLO's convolutions give them.

Sources: Redmon and Farhadi, YOLO9000 (2017) and YOLOv3 (2018); the README of
ultralytics/yolov5 on "Eliminate grid sensitivity"; Ge et al., YOLOX (2021); Li et al., Generalized
Focal Loss (2020), section 3, which YOLOv8 takes its distances from.
"""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.boxes.box_format import BoxFormat, to_corners
from optimizer.data.boxes.head import Cells, Scores
from optimizer.errors import MeasurementError
from optimizer.measure.detection.candidates import (
    Candidates,
    Seen,
    class_scores,
    objectness,
    power,
    sigmoid,
    softmax,
)

BINS = 16
"""Values that weigh the distance of a side, in YOLOv8's own files."""
LARGEST_SHARE = 2.0  # anchors beyond are in pixels


def read_grids(outputs: Sequence[Float32s], seen: Seen) -> Candidates:
    """See `Reader`: each output (n, rows, columns, anchors · values) or (…, anchors, values)."""
    head = seen.head
    anchors = _anchors(seen, len(outputs))
    boxes, scores = [], []
    for output, own in zip(outputs, anchors, strict=True):
        values = output.astype(np.float64)
        if head.across:
            values = np.moveaxis(values, 1, -1)
        count, rows, columns = values.shape[:3]
        apart = values.shape[3] if values.ndim > 4 else 1
        several = apart if own is None else len(own)
        if values[0, 0, 0].size % several:
            raise MeasurementError(
                f"A cell of the grid has {values[0, 0, 0].size} values, which {several} anchors "
                "cannot share. Give as many anchors as a cell has boxes."
            )
        values = values.reshape(count, rows, columns, several, -1)
        found, rest = _boxes(values, own, seen)
        boxes.append(found.reshape(count, -1, 4))
        scores.append(_scores(rest, seen).reshape(count, rows * columns * several, -1))
    return Candidates(np.concatenate(boxes, axis=1), np.concatenate(scores, axis=1))


def _anchors(seen: Seen, levels: int) -> list[Float64s | None]:
    """The widths and heights of each grid's anchors, as shares of the picture."""
    if seen.head.cells not in {Cells.EXP, Cells.SQUARED}:
        return [None] * levels
    if seen.anchors is None or seen.anchors.shape[-1] != 2 or len(seen.anchors) % levels:
        found = "none" if seen.anchors is None else f"{len(seen.anchors)} rows"
        raise MeasurementError(
            f"Boxes of {levels} grids with anchors need the anchors’ widths and heights, as many "
            f"for each grid; found {found}. Give them, the finest grid’s first."
        )
    pixels = seen.anchors.max() > LARGEST_SHARE
    shares = seen.anchors / np.array(seen.size) if pixels else seen.anchors
    return list(shares.reshape(levels, -1, 2))


def _scores(values: Float64s, seen: Seen) -> Float64s:
    if not seen.head.objectness:
        return class_scores(values, seen.head)
    if values.shape[-1] == 1:  # one class, which objectness stands for
        return objectness(values, seen.head)
    return class_scores(values[..., 1:], seen.head) * objectness(values[..., :1], seen.head)


def _boxes(values: Float64s, anchors: Float64s | None, seen: Seen) -> tuple[Float64s, Float64s]:
    """Corners as shares of the picture, and the values behind them."""
    head, (rows, columns) = seen.head, values.shape[1:3]
    cells = np.array([columns, rows], np.float64)
    at = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)[:, :, None, :]
    if head.cells is Cells.DISTANCES:
        sides = values[..., : 4 * BINS].reshape(*values.shape[:-1], 4, BINS)
        distances = softmax(sides) @ np.arange(BINS)
        middle = at + 0.5
        corners = np.concatenate([middle - distances[..., :2], middle + distances[..., 2:]], -1)
        return corners / np.tile(cells, 2), values[..., 4 * BINS :]
    middle, size = values[..., :2], values[..., 2:4]
    if head.cells is Cells.FREE:
        middle, size = (middle + at) / cells, power(size) / cells
    elif head.cells is Cells.SHARES:
        middle = (middle + at) / cells
    elif anchors is not None:
        given = head.scores is Scores.GIVEN  # then the model ends in a sigmoid
        within = middle if given else sigmoid(middle)
        if head.cells is Cells.EXP:
            middle, size = (within + at) / cells, power(size) * anchors
        else:
            scaled = size if given else sigmoid(size)
            middle, size = (2 * within - 0.5 + at) / cells, np.square(2 * scaled) * anchors
    return to_corners(np.concatenate([middle, size], axis=-1), BoxFormat.CXCYWH), values[..., 4:]
