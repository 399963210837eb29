"""data/boxes/: labels that are boxes, as arrays: `boxes` and `classes`.

`boxes` (samples, most boxes, 4) are corners, left, top, right, bottom; `boxes_xywh` and so on say
another form. `classes` (samples, most boxes) are numbers from 0, and -1 where there is no box;
without them there is one class, and boxes without an area are none. `crowd` and `difficult`
(samples, most boxes), 1 or 0, say which need not be found. Behind each may stand the name of a
part: boxes_test.
"""

from collections.abc import Callable, Collection

import numpy as np

from optimizer.arrays import Array, Float64s
from optimizer.data.boxes.box_format import BoxFormat, to_corners
from optimizer.data.boxes.box_labels import CORNERS, CROWD, IGNORED, NO_BOX, packed
from optimizer.data.boxes.picture_boxes import rows_of
from optimizer.data.sources.npy import Npy
from optimizer.errors import DataError

NAMES: dict[str, BoxFormat] = {
    "boxes": BoxFormat.XYXY,
    **{f"boxes_{form.value}": form for form in BoxFormat},
}
CLASSES, ANCHORS = "classes", "anchors"
OPTIONAL = {"difficult": IGNORED, "crowd": CROWD}
LARGEST_SHARE = 1.5  # larger coordinates are pixels
STEP = 65_536  # rows read together


def box_name(names: Collection[str], suffix: str) -> str | None:
    """What the array of boxes of a part is called; None where it has none."""
    return next((name for name in NAMES if _with(name, suffix) in names), None)


def read_box_arrays(
    array: Callable[[str], Npy], names: Collection[str], suffix: str, size: tuple[int, int]
) -> list[Float64s]:
    """The boxes of each sample of a part, (k, 6), in the one form.

    Args:
        array: Opens an array by its name.
        names: Of all arrays.
        suffix: The part's.
        size: Width and height of the pictures.

    Raises:
        DataError: shapes or types do not fit each other.
    """
    name = box_name(names, suffix)
    assert name is not None  # noqa: S101 (for the type checker)
    boxes = _whole(array(_with(name, suffix)), (4,))
    shape = boxes.shape[:2]
    corners = to_corners(boxes, NAMES[name])
    classes = np.zeros(shape)
    if _with(CLASSES, suffix) in names:
        classes = _of(array(_with(CLASSES, suffix)), shape)
        if ((classes != np.rint(classes)) | (classes < NO_BOX)).any():
            raise DataError(
                f"“{_with(CLASSES, suffix)}” has to hold whole numbers from 0, and -1 where there "
                f"is no box; it runs from {classes.min():g} to {classes.max():g}."
            )
    classes[(corners[..., 2:] <= corners[..., :2]).any(axis=-1)] = NO_BOX
    counts = np.zeros(shape)
    for optional, kind in OPTIONAL.items():
        if _with(optional, suffix) in names:
            counts[_of(array(_with(optional, suffix)), shape) > 0] = kind
    there = classes >= 0
    if np.abs(corners[there]).max(initial=0) > LARGEST_SHARE:
        corners = corners / np.tile(np.array(size, np.float64), 2)
    rows = [
        rows_of(classes[at][own], np.clip(corners[at][own], 0, 1), counts[at][own])
        for at, own in enumerate(there)
    ]
    return [_with_area(one) for one in rows]


def together(parts: list[list[Float64s]]) -> list[Float64s]:
    """The boxes of several parts, all with rows for as many."""
    most = max([1, *(len(own) for part in parts for own in part)])
    return [packed(part, most) for part in parts]


def _with_area(rows: Float64s) -> Float64s:
    left, top, right, bottom = rows[:, CORNERS].T
    kept: Float64s = rows[(right > left) & (bottom > top)]
    return kept


def _with(name: str, suffix: str) -> str:
    return f"{name}_{suffix}" if suffix else name


def _of(array: Npy, shape: tuple[int, ...]) -> Float64s:
    values = _whole(array, ())
    if values.shape != shape:
        raise DataError(
            f"“{array.name}” has the shape {values.shape}, but there are boxes for "
            f"{shape[0]:,} samples, {shape[1]:,} each. Give a number for each box."
        )
    return values


def _whole(array: Npy, last: tuple[int, ...]) -> Float64s:
    if array.dtype.kind not in "biuf" or array.shape[2:] != last or len(array.shape) < 2:
        expected = ", ".join(map(str, ("samples", "most boxes", *last)))
        raise DataError(
            f"“{array.name}” is {array.dtype} of shape {array.shape}; numbers of shape "
            f"({expected}) are expected."
        )
    rows: list[Array] = [np.zeros((0, *array.shape[1:])), *array.rows(STEP)]
    values = np.concatenate(rows).astype(np.float64)
    if not np.isfinite(values).all():
        raise DataError(f"“{array.name}” holds values that are NaN or infinite. Remove them.")
    return values
