"""measure/detection/: boxes, classes, scores and count that a model itself leaves."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s, Float64s
from optimizer.data.boxes.box_format import to_corners
from optimizer.data.boxes.head import Head, Layout
from optimizer.measure.detection.candidates import Candidates, Seen, in_shares

ROW = 6  # four numbers, score, class


def before_count(count: Float32s | Float64s, rows: int) -> npt.NDArray[np.bool_]:
    """Which rows (n, rows) mean something, by the count of each sample."""
    return np.asarray(np.arange(rows) < count.reshape(len(count), 1))


def without_remainder(outputs: Sequence[Float32s], head: Head) -> list[Float32s]:
    """Outputs in which rows after the count are 0; what the runtime left there is anything.

    Args:
        outputs: All of the model.
        head: How they are read.
    """
    cleaned = list(outputs)
    if head.layout is Layout.FINAL and len(head.outputs) > 3:
        *parts, counts = head.outputs
        for at in parts:
            one = outputs[at]
            there = before_count(outputs[counts], one.shape[1])
            cleaned[at] = np.where(there.reshape(*there.shape, *[1] * (one.ndim - 2)), one, 0)
    return cleaned


def read_final(outputs: Sequence[Float32s], seen: Seen) -> Candidates:
    """See `Reader`: (n, k, 6), or (n, k, 4), (n, k), (n, k) and maybe (n,): boxes, classes, scores.

    TFLite_Detection_PostProcess gives four outputs in this order; rows after its count mean
    nothing.
    """
    count = len(outputs[0])
    parts = [output.astype(np.float64) for output in outputs]
    if len(parts) == 1:
        rows = parts[0].reshape(count, -1, ROW)
        boxes, scores, classes = rows[..., :4], rows[..., 4], rows[..., 5]
    else:
        boxes = parts[0].reshape(count, -1, 4)
        classes, scores = (part.reshape(count, -1) for part in parts[1:3])
    if len(parts) > 3:
        scores = np.where(before_count(parts[3], scores.shape[1]), scores, 0.0)
    corners = in_shares(to_corners(boxes, seen.head.boxes), seen.head.span(seen.size))
    return Candidates(corners, scores[..., None], np.rint(classes).astype(np.int64))
