"""measure/detection/: offsets from anchors, and scores, as SSD's two outputs.

Liu et al., SSD: Single Shot MultiBox Detector (2016), equation 2; the variances are those of
TensorFlow's `FasterRcnnBoxCoder`.
"""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.boxes.box_format import BoxFormat, to_corners, to_middles
from optimizer.errors import MeasurementError
from optimizer.measure.detection.candidates import Candidates, Seen, class_scores, power

LARGEST_SHARE = 2.0  # coordinates beyond are in pixels


def read_ssd(outputs: Sequence[Float32s], seen: Seen) -> Candidates:
    """See `Reader`: offsets (n, anchors, 4) and scores (n, anchors, classes)."""
    offsets, values = (output.astype(np.float64) for output in outputs)
    offsets = offsets.reshape(len(offsets), -1, 4)
    anchors = anchor_boxes(seen, offsets.shape[1])
    if seen.head.boxes in {BoxFormat.CYCXHW, BoxFormat.YXYX}:
        offsets = offsets[..., [1, 0, 3, 2]]
    of_middle, of_size = seen.head.variances
    middle = offsets[..., :2] / of_middle * anchors[:, 2:] + anchors[:, :2]
    size = power(offsets[..., 2:] / of_size) * anchors[:, 2:]
    corners = to_corners(np.concatenate([middle, size], axis=-1), BoxFormat.CXCYWH)
    values = values.reshape(len(values), offsets.shape[1], -1)
    return Candidates(corners, class_scores(values, seen.head))


def anchor_boxes(seen: Seen, count: int) -> Float64s:
    """The anchors (count, 4) as middle, width, height, in shares of the picture.

    They may be corners, which is told from all of them lying in order.

    Raises:
        MeasurementError: there are none, or another number.
    """
    anchors = seen.anchors
    if anchors is None or anchors.shape != (count, 4):
        found = "none were given" if anchors is None else f"found {anchors.shape}"
        raise MeasurementError(
            f"The model gives {count:,} offsets of boxes, which need as many anchors, four numbers "
            f"each, in its order; {found}."
        )
    if seen.head.boxes in {BoxFormat.CYCXHW, BoxFormat.YXYX}:
        anchors = anchors[:, [1, 0, 3, 2]]
    if anchors.max() > LARGEST_SHARE:
        anchors = anchors / np.tile(np.array(seen.size, np.float64), 2)
    corners = bool((anchors[:, 2:] > anchors[:, :2]).all())
    return to_middles(anchors) if corners else anchors
