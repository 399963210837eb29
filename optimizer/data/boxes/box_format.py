"""data/boxes/: which four numbers a box is."""

from enum import Enum

import numpy as np

from optimizer.arrays import Float64s


class BoxFormat(str, Enum):
    """Which four numbers a box is, in this order: corners, or a corner or the middle with a size.

    Attributes:
        XYXY: Left, top, right, bottom.
        YXYX: Top, left, bottom, right, as TensorFlow's detectors give them.
        XYWH: Left, top, width, height, as COCO has them.
        CXCYWH: Middle, width, height, as YOLO has them.
        CYCXHW: The same with the rows first.
    """

    XYXY = "xyxy"
    YXYX = "yxyx"
    XYWH = "xywh"
    CXCYWH = "cxcywh"
    CYCXHW = "cycxhw"


def to_corners(boxes: Float64s, form: BoxFormat) -> Float64s:
    """Boxes (…, 4) as left, top, right, bottom, in the unit that they have.

    >>> to_corners(np.array([10.0, 20.0, 30.0, 40.0]), BoxFormat.XYWH).tolist()
    [10.0, 20.0, 40.0, 60.0]
    """
    if form in {BoxFormat.YXYX, BoxFormat.CYCXHW}:
        boxes = boxes[..., [1, 0, 3, 2]]
    if form in {BoxFormat.XYXY, BoxFormat.YXYX}:
        return boxes
    first, size = boxes[..., :2], boxes[..., 2:]
    if form in {BoxFormat.CXCYWH, BoxFormat.CYCXHW}:
        first = first - size / 2
    return np.concatenate([first, first + size], axis=-1)


def to_middles(corners: Float64s) -> Float64s:
    """Left, top, right, bottom (…, 4) as middle, width, height."""
    first, last = corners[..., :2], corners[..., 2:]
    return np.concatenate([(first + last) / 2, last - first], axis=-1)
