"""measure/detection/: the samples in which two files find different boxes."""

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Float64s
from optimizer.data.boxes.box_labels import CLASS, CORNERS, packed
from optimizer.measure.detection.detections import SURE, above
from optimizer.measure.detection.overlap import overlap
from optimizer.measure.disagreement import FURTHEST, Disagreement

SAME = 0.5
"""Intersection over union from which on two boxes are of one thing."""


def boxes_apart(mine: Array, theirs: Array) -> Disagreement:
    """The samples with most boxes that only one of two files finds, those first.

    Boxes with a score of `SURE` or more are compared; a box has a partner in one of its class that
    it overlaps by half, each other's only one.

    Args:
        mine, theirs: (n, most, 6), see `detections`: a variant's, and the float32 variant's.

    Returns:
        At most 100 samples; their boxes as `detections`, of `SURE` or more.
    """
    said = [above(rows, SURE) for rows in mine]
    expected = [above(rows, SURE) for rows in theirs]
    count = np.array(
        [
            int(np.concatenate(alone_of(one, other)).sum())
            for one, other in zip(said, expected, strict=True)
        ]
    )
    order = np.argsort(-count, kind="stable")[:FURTHEST]
    samples = order[count[order] > 0]
    most = max([1, *(len(said[at]) for at in samples), *(len(expected[at]) for at in samples)])
    return Disagreement(
        samples,
        packed([said[at] for at in samples], most).astype(np.float32),
        packed([expected[at] for at in samples], most).astype(np.float32),
    )


def alone_of(
    mine: Float64s, theirs: Float64s
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Of two lists of boxes (k, 6) those that have no partner in the other."""
    near = overlap(mine[:, CORNERS], theirs[:, CORNERS])
    near[mine[:, CLASS, None] != theirs[None, :, CLASS]] = 0
    mine_alone, theirs_alone = np.ones(len(mine), np.bool_), np.ones(len(theirs), np.bool_)
    while near.size and near.max() >= SAME:
        at, other = np.unravel_index(near.argmax(), near.shape)
        mine_alone[at] = theirs_alone[other] = False
        near[at], near[:, other] = 0, 0
    return mine_alone, theirs_alone
