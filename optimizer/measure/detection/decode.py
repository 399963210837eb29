"""measure/detection/: a detector's outputs as boxes with classes and scores."""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Float32s, Float64s, Int64s
from optimizer.data.boxes.head import Head, Layout, Numbers
from optimizer.errors import MeasurementError
from optimizer.measure.detection.candidates import Candidates, Reader, Seen
from optimizer.measure.detection.detections import MOST_BOXES, none_found, of_sample
from optimizer.measure.detection.final_boxes import read_final
from optimizer.measure.detection.grids import read_grids
from optimizer.measure.detection.heat_maps import read_heat_maps
from optimizer.measure.detection.rows import read_rows
from optimizer.measure.detection.ssd import read_ssd
from optimizer.measure.detection.suppression import suppressed

READERS: dict[Layout, Reader] = {
    Layout.YOLO: read_rows,
    Layout.GRID: read_grids,
    Layout.SSD: read_ssd,
    Layout.CENTERNET: read_heat_maps,
    Layout.FINAL: read_final,
}
MOST_CANDIDATES = 1_000
"""Of a sample, before suppression: the best ones."""
AT_ONCE = 4_000_000  # values that are read together


def decode(outputs: Sequence[Float32s], seen: Seen) -> Float32s:
    """Boxes, classes and scores of each sample, see `detections`.

    Every class of a box counts by itself, as in YOLO's own evaluation; boxes are cut at the
    picture's edge, scores below `Head.least` are left out, and of the rest the best 1,000 of a
    sample are suppressed class by class. The best 100 remain.

    Args:
        outputs: All outputs of the model, (n, …) each.
        seen: How they are read, and with what.

    Raises:
        MeasurementError: the outputs cannot be read so.
    """
    head = seen.head
    chosen = [outputs[place] for place in head.outputs]
    count = len(chosen[0])
    found = none_found(count)
    step = max(1, AT_ONCE // max(1, sum(one[:1].size for one in chosen)))
    for start in range(0, count, step):
        piece = [one[start : start + step] for one in chosen]
        read = _read(piece, seen)
        for place in range(len(piece[0])):
            best = _best(read, place, head)
            found[start + place, : len(best)] = best
        bad = np.any([~np.isfinite(one.reshape(len(one), -1)).all(axis=1) for one in piece], axis=0)
        found[start : start + step][bad] = np.nan
    return found


def _read(outputs: Sequence[Float32s], seen: Seen) -> Candidates:
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            return READERS[seen.head.layout](outputs, seen)
    except (ValueError, IndexError) as error:
        shapes = ", ".join(str(one.shape[1:]) for one in outputs)
        raise MeasurementError(
            f"The outputs {shapes} cannot be read as {seen.head}. Say how boxes are read (on the "
            "Data page, or --head)."
        ) from error


def _best(read: Candidates, sample: int, head: Head) -> Float64s:
    """The rows (k, 6) of one sample."""
    scores = np.nan_to_num(read.scores[sample])
    places, columns = np.nonzero(scores >= max(head.least, np.finfo(np.float32).tiny))
    own = scores[places, columns]
    numbers = columns if read.classes is None else read.classes[sample][places]
    classes = labelled(numbers.astype(np.int64), head)
    known = np.flatnonzero(classes >= 0)
    order = known[np.argsort(-own[known], kind="stable")][:MOST_CANDIDATES]
    boxes = np.clip(np.nan_to_num(read.boxes[sample][places[order]]), 0.0, 1.0)
    own, classes = own[order], classes[order]
    stay = (
        suppressed(boxes, own, classes, head.nms)
        if head.nms
        else np.arange(len(own), dtype=np.int64)
    )
    return of_sample(boxes, own, classes, stay[:MOST_BOXES])


def labelled(numbers: Int64s, head: Head) -> Int64s:
    """The labels' classes of the model's numbers; -1 for those that no label has."""
    if head.class_numbers is None:
        return numbers - (head.numbers is Numbers.FROM_1)
    ids = np.array(head.class_numbers, np.int64)
    order = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids[order], numbers), len(ids) - 1)
    return np.where(ids[order][at] == numbers, order[at], -1)
