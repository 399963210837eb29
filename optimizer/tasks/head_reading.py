"""tasks/: the reading of a detector's outputs that finds the labelled boxes.

What four numbers a box is, in which unit, whether scores are logits, and how classes are numbered
cannot be seen in a shape. Each possible reading is tried with the float model on samples that are
not evaluated; what the user said stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.data.boxes.box_format import BoxFormat
from optimizer.data.boxes.head import Background, Cells, Head, Layout, Numbers, Scores, parse_head
from optimizer.data.boxes.proposed_head import UNSAID
from optimizer.data.dataset import Dataset
from optimizer.errors import MeasurementError
from optimizer.measure.detection.decode import decode
from optimizer.measure.detection.final_boxes import before_count
from optimizer.measure.detection.rows import in_rows
from optimizer.measure.metrics import evaluate
from optimizer.reporting import Report
from optimizer.tasks.judged_output import seen

LOOKED_AT = 40  # samples
FOUND = 0.1
"""mAP at an overlap of 0.5 from which on the scaling of the inputs is not doubted."""
ENOUGH = 0.3  # mAP at half an overlap from which on pixels are not doubted
LARGEST_SHARE = 2.0  # coordinates beyond are no shares of the picture
SIZES = ("320", "416", "512", "608", "640", "1024", "1000")
"""Pictures that coordinates may be counted in, beside the model's own."""
BY_CELL = {False: (Cells.FREE, Cells.SHARES), True: (Cells.EXP, Cells.SQUARED)}


@dataclass(frozen=True)
class Reading:
    """A way to read boxes, and what it finds.

    Attributes:
        head: The way.
        value: mAP at an overlap of 0.5.
        samples: On how many.
        tried: How many ways.
    """

    head: Head
    value: float
    samples: int
    tried: int


def read_head(
    dataset: Dataset, said: str, float_tflite: Path, scalings: Sequence[str], report: Report
) -> tuple[Head, str]:
    """The reading under which the float model finds most, and a sentence about it. Workers only.

    Args:
        dataset: Its record has the likeliest reading by the outputs' shapes.
        said: What the user said of it, see `parse_head`.
        float_tflite: The model.
        scalings: Of the inputs, the usual one first; the others are tried where it finds nothing.
        report: Told the progress.

    Raises:
        MeasurementError: the outputs can be read in no way.
    """
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    head = dataset.record.head
    assert head is not None  # noqa: S101 (for the type checker)
    _, given = parse_head(said)
    asked = dataset.not_evaluated(LOOKED_AT)
    if not len(asked):
        asked = dataset.roles.evaluation[:LOOKED_AT]
    labels = np.asarray(dataset.y)[asked]
    best: Reading | None = None
    for done, scaling in enumerate(scalings):
        report("Reading the boxes", done / len(scalings))
        outputs = predict(float_tflite, dataset.samples_at(asked, scaling))
        if done == 0 and head.layout is Layout.FINAL:
            head = _by_true_shapes(head, outputs, given)
        found = _best(outputs, labels, dataset, head, given)
        if best is None or found.value > best.value:
            best = found
        if best.value >= FOUND:
            break
    assert best is not None  # noqa: S101 (for the type checker)
    return best.head, _in_words(best)


def _by_true_shapes(head: Head, outputs: Sequence[Float32s], given: dict[str, Any]) -> Head:
    """Which output is which, by the shapes that they have when the file runs.

    Files of TFLite_Detection_PostProcess do not tell them before.
    """
    if "outputs" in given or len(head.outputs) < len(outputs):
        return head
    boxes = [at for at in head.outputs if outputs[at].shape[-1:] == (4,) and outputs[at].ndim > 2]
    counts = [at for at in head.outputs if outputs[at][0].size == 1 and at not in boxes]
    rows = [at for at in head.outputs if at not in {*boxes, *counts}]
    order = (*boxes, *rows, *counts)
    return replace(head, outputs=order) if len(boxes) == 1 and len(rows) == 2 else head


def _in_words(reading: Reading) -> str:
    how = f"Boxes are read as {reading.head}."
    reached = f"mAP 0.5 of {100 * reading.value:.3g} % on {reading.samples:,} samples"
    if reading.value < FOUND:
        return f"{how} The float model hardly finds the labelled boxes so ({reached}). {UNSAID}."
    if reading.tried == 1:
        return f"{how} The float model reaches {reached}."
    return (
        f"{how} Of {reading.tried:,} readings that the outputs’ shapes allow it finds most of the "
        f"labelled boxes ({reached}); another can be chosen (on the Data page, or --head)."
    )


def _best(
    outputs: Sequence[Float32s],
    labels: npt.NDArray[Any],
    dataset: Dataset,
    head: Head,
    given: dict[str, object],
) -> Reading:
    """The best of all ways that `head` leaves open: first whatever the classes, then with them."""
    head = _by_values(outputs, head, given)
    tried = 0
    for together, ways in ((True, _ways(outputs, head, given)), (False, None)):
        possible: list[Head] = []
        values: list[float] = []
        for way in ways if ways is not None else _numberings(head, given):
            after = possible and possible[-1].unit == "pixels" != way.unit
            if after and max(values) >= ENOUGH:
                break  # pixels fit, and decoding takes its time
            possible.append(way)
            values.append(_value(outputs, labels, dataset, way, together=together))
        tried = max(1, tried) * len(possible) if together else tried * len(possible)
        head = possible[int(np.argmax(values))]
    if np.isneginf(values).all():
        decode(outputs, seen(dataset, head))  # says why
    return Reading(head, max(0.0, *values), len(labels), tried)


def _value(
    outputs: Sequence[Float32s],
    labels: npt.NDArray[Any],
    dataset: Dataset,
    head: Head,
    *,
    together: bool,
) -> float:
    """mAP at half an overlap; minus infinity where the outputs cannot be read so."""
    try:
        found = decode(outputs, seen(dataset, head))
    except MeasurementError:
        return -np.inf
    if together:
        found, labels = found.copy(), labels.copy()
        for one in (found, labels):
            one[..., 0] = np.where(one[..., 0] >= 0, 0, -1)
    return evaluate("map_50", found, labels).value or 0.0


def _by_values(outputs: Sequence[Float32s], head: Head, given: dict[str, object]) -> Head:
    """With what the values themselves show: whether scores are shares."""
    if "scores" in given or head.layout is Layout.FINAL:
        return head
    shares = all(_are_shares(values) for values in _scores(outputs, head))
    if shares:
        return replace(head, scores=Scores.GIVEN)
    softmax = head.background is not Background.NONE
    return replace(head, scores=Scores.SOFTMAX if softmax else Scores.SIGMOID)


def _scores(outputs: Sequence[Float32s], head: Head) -> Iterator[npt.NDArray[Any]]:
    chosen = [outputs[place] for place in head.outputs]
    if head.layout is Layout.CENTERNET:
        yield chosen[0]
    elif head.layout is Layout.SSD or (head.layout is Layout.YOLO and len(chosen) > 1):
        yield chosen[-1]
    elif head.layout is Layout.YOLO:
        yield in_rows(chosen[0], across=head.across)[..., 4:]
    else:
        for grid in chosen:
            yield np.asarray(np.moveaxis(grid, 1, -1) if head.across else grid)[..., 4:]


def _are_shares(values: npt.NDArray[Any]) -> bool:
    return bool(values.min() >= 0 and values.max() <= 1)


def _ways(outputs: Sequence[Float32s], head: Head, given: dict[str, object]) -> Iterator[Head]:
    """What the shapes leave open but for the numbers of classes, the likeliest first."""
    layout = head.layout
    forms: Sequence[BoxFormat] = [head.boxes]
    if "boxes" not in given and layout in {Layout.YOLO, Layout.FINAL}:
        forms = [head.boxes, *(form for form in BoxFormat if form is not head.boxes)]
    elif "boxes" not in given and layout in {Layout.SSD, Layout.CENTERNET}:
        forms = [head.boxes, *({BoxFormat.CXCYWH, BoxFormat.CYCXHW} - {head.boxes})]
    units = [head.unit]
    if "unit" not in given and layout in {Layout.YOLO, Layout.FINAL}:
        units = ["unit"] if _in_shares(outputs, head) else ["pixels", *SIZES]
    elif "unit" not in given and layout is Layout.CENTERNET:
        units = ["cells", "unit", "pixels"]
    cells: Sequence[Cells] = [head.cells]
    if "cells" not in given and layout is Layout.GRID and head.cells is not Cells.DISTANCES:
        cells = BY_CELL[bool(head.anchors)]
    scores = [head.scores]
    if "scores" not in given and head.scores is Scores.SOFTMAX:
        scores = [Scores.SOFTMAX, Scores.SIGMOID]
    for unit, boxes, cell, score, order in product(
        units, forms, cells, scores, _orders(head, given)
    ):
        yield replace(head, boxes=boxes, unit=unit, cells=cell, scores=score, outputs=order)


def _orders(head: Head, given: dict[str, object]) -> Iterator[tuple[int, ...]]:
    """Which output is which where shapes are equal: classes and scores, sizes and offsets."""
    yield head.outputs
    if "outputs" in given or len(head.outputs) < 3:
        return
    if head.layout in {Layout.FINAL, Layout.CENTERNET}:
        first, *rest = head.outputs
        for one, other in permutations(rest[:2]):
            order = (first, one, other, *rest[2:])
            if order != head.outputs:
                yield order


def _in_shares(outputs: Sequence[Float32s], head: Head) -> bool:
    values = in_rows(outputs[head.outputs[0]], across=head.across)[..., :4]
    if head.layout is Layout.FINAL and len(head.outputs) > 3:
        values = values[before_count(outputs[head.outputs[3]], values.shape[1])]
    return not values.size or bool(np.quantile(np.abs(values), 0.99) <= LARGEST_SHARE)


def _numberings(head: Head, given: dict[str, object]) -> Iterator[Head]:
    """How classes may be numbered, the likeliest first."""
    if "numbers" in given:
        yield head
        return
    ways = [Numbers.FROM_0, Numbers.FROM_1]
    if head.ids:
        ways += [Numbers.IDS, Numbers.IDS_LESS_1]
    for numbers in ways:
        yield replace(head, numbers=numbers)
