"""data/boxes/: brings labels that are boxes and a model's outputs together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from optimizer.arrays import Array, Float64s
from optimizer.data.boxes.anchor_file import read_anchors
from optimizer.data.boxes.anchors import ANCHORS, arranged
from optimizer.data.boxes.box_labels import CLASS, are_boxes
from optimizer.data.boxes.head import Head, Layout, parse_head
from optimizer.data.boxes.proposed_head import propose
from optimizer.data.class_names import check_names
from optimizer.data.data_options import DataOptions
from optimizer.data.labels import Labels, Task
from optimizer.errors import DataError
from optimizer.files.digest import digest
from optimizer.models.summary import ModelSummary

MOST_CLASSES = 10_000
WITH_ANCHORS = {Layout.SSD, Layout.GRID}


def understand_boxes(
    values: Array,
    names: Sequence[str],
    ids: tuple[int, ...],
    summary: ModelSummary,
    options: DataOptions,
    folders: tuple[Path, Path],
) -> tuple[Labels, Head]:
    """The labels, and the likeliest reading of the model's outputs.

    Args:
        values: Boxes in the one form, see `box_labels`.
        names: Of the classes, as the files say; empty where they do not.
        ids: See `Head.ids`.
        summary: The model.
        options: What the user has decided.
        folders: Where the data lay, which may have anchors, and where they are put.

    Raises:
        DataError: the task is another, there are no boxes, or no reading fits the outputs.
    """
    if options.task not in {None, Task.DETECTION}:
        raise DataError(
            f"The labels are boxes, so they cannot be used for {options.task.value}. Choose "
            "detection, or give other labels."
        )
    there = values[are_boxes(values)]
    if not len(there):
        raise DataError("None of the samples has a box, so nothing can be found. Give some.")
    classes = max(len(names), len(ids), int(np.max(np.asarray(there[:, CLASS], np.float64))) + 1)
    if classes > MOST_CLASSES:
        raise DataError(
            f"The boxes have classes up to {classes - 1:,}; at most {MOST_CLASSES:,} are accepted. "
            "Number the classes from 0, one after another."
        )
    if len(names) < classes and not options.class_names:
        names = () if not names else (*names, *map(str, range(len(names), classes)))
    known = check_names(options.class_names or names, classes)
    layout, given = parse_head(options.head)
    anchors = _anchors(options.anchors, *folders)
    each = 0
    if anchors is not None:
        each = anchors.size // (4 if layout is Layout.SSD else 2)
    head = propose(summary.outputs, classes, layout, given, anchors=each)
    if anchors is not None and head.layout in WITH_ANCHORS:
        arranged(anchors, head.layout)
        head = replace(head, anchors=digest(folders[1] / ANCHORS))
    labels = Labels(Task.DETECTION, np.asarray(values, np.float64), classes, known)
    return labels, replace(head, ids=ids)


def _anchors(file: Path | None, before: Path, folder: Path) -> Float64s | None:
    """The anchors, which are then in `folder`; None where there are none."""
    if file is not None:
        anchors = read_anchors(file)
    elif (before / ANCHORS).exists():
        anchors = np.load(before / ANCHORS)
    else:
        return None
    np.save(folder / ANCHORS, anchors)
    return anchors
