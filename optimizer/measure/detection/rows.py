"""measure/detection/: rows of boxes, decoded by the model: YOLOv5, v8, or boxes beside scores."""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.boxes.box_format import to_corners
from optimizer.measure.detection.candidates import (
    Candidates,
    Seen,
    class_scores,
    in_shares,
    objectness,
)


def read_rows(outputs: Sequence[Float32s], seen: Seen) -> Candidates:
    """See `Reader`: one output (n, boxes, 4 + 1 + classes), or two, (n, boxes, 4) and the rest."""
    head = seen.head
    parts = [in_rows(output, across=head.across) for output in outputs]
    boxes, values = parts[0][..., :4], np.concatenate([parts[0][..., 4:], *parts[1:]], axis=-1)
    if head.objectness:
        scores = class_scores(values[..., 1:], head) * objectness(values[..., :1], head)
    else:
        scores = class_scores(values, head)
    corners = to_corners(boxes, head.boxes)
    return Candidates(in_shares(corners, head.span(seen.size)), scores)


def in_rows(output: Float32s, *, across: bool) -> Float64s:
    """(n, boxes, values); axes of size 1 before and behind are left out."""
    values = output.astype(np.float64)
    if values.ndim == 2:
        return values[..., None]
    if values.ndim > 3:
        sizes = [size for size in values.shape[1:] if size != 1]
        values = values.reshape(len(values), *sizes, *[1] * (2 - len(sizes)))
    return values.swapaxes(1, 2) if across else values
