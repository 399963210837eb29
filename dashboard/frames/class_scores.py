"""dashboard/frames/: how well each class is found, and the samples on which a variant disagrees."""

import numpy as np
import streamlit as st

from dashboard.figures import confusion_heatmap
from dashboard.figures.house_style import CONFIG, in_ink
from dashboard.frames import (
    boxes_apart,
    components,
    horizons,
    pictures_apart,
    positions_apart,
    rebuilding,
)
from dashboard.state.theme import theme
from dashboard.tables import class_tables
from dashboard.tables.height import height
from optimizer.arrays import Int64s
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.labels import OF_CLASSES, Task
from optimizer.errors import LiteweighError
from optimizer.measure.confusion import Counts
from optimizer.measure.detection.detections import SURE
from optimizer.measure.disagreement import Disagreement, who_is_right
from optimizer.measure.metrics import class_labels
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.prediction_files import Predictions, read_predictions
from optimizer.store.records import Variant
from optimizer.store.study import Study

COLUMNS = {
    "Class": st.column_config.TextColumn(pinned=True),
    "Samples": st.column_config.NumberColumn(format="localized"),
    "Positions": st.column_config.NumberColumn(
        format="localized", help="Of all evaluation samples together"
    ),
    "Boxes": st.column_config.NumberColumn(
        format="localized", help="Of all evaluation samples together"
    ),
    "mAP": st.column_config.NumberColumn(
        "mAP 0.5:0.95", format="%.1f %%", help="The class’s average precision, of all scores"
    ),
    "IoU": st.column_config.NumberColumn(
        format="%.1f %%",
        help="Positions of the class that are found, among those of it or taken for it",
    ),
    "Found": st.column_config.NumberColumn(
        format="%.1f %%", help="How many samples of the class were recognised (recall)"
    ),
    "Interval": st.column_config.TextColumn(
        "95 % interval", help="Where the true share lies, from this many samples"
    ),
    "Change": st.column_config.NumberColumn(
        "Against float32", format="%+.1f points", help="More or less found than by float32"
    ),
    "Precision": st.column_config.NumberColumn(
        format="%.1f %%", help="How many of those taken for the class are of it"
    ),
    "Sample": st.column_config.NumberColumn(
        width="small", help="Its number among the evaluation samples, counted from 0"
    ),
    "float32": st.column_config.Column("float32 says"),
    "This file": st.column_config.Column("This file says"),
    "Difference": st.column_config.NumberColumn(format="%+.4g"),
}


def show(study: Study, variant: Variant) -> None:
    """All of it, or a sentence that says why there is nothing."""
    record = study.index.dataset
    kept, baseline = _kept(study, variant), _kept(study, study.index.variants[0])
    if record is None or kept is None or (kept.scores is None and kept.different is None):
        st.info("There are no predictions: the file was not run on data.", icon=":material/info:")
        return
    names = _names(record, kept)
    anomalies = record.task is Task.ANOMALY
    if anomalies and baseline is not None:
        rebuilding.show_errors(study, record, variant.recipe, kept, baseline)
    horizons.show(variant, study.index.variants[0])
    if variant.recipe != BASELINE_TEXT:
        components.show(variant)
    show_scores(kept, baseline if variant.recipe != BASELINE_TEXT else None, names)
    if kept.confusion is not None and (record.task in OF_CLASSES or anomalies):
        show_confusion(kept.confusion, names)
    if anomalies:
        rebuilding.show_wrong(study, record, kept)
    if kept.different is not None and variant.recipe != BASELINE_TEXT:
        show_different(study, record, kept, kept.different, names)


def show_scores(kept: Predictions, baseline: Predictions | None, names: list[str]) -> None:
    """Each class or label."""
    if kept.by_class is None:
        return
    before = baseline.by_class if baseline else None
    frame = class_tables.by_class(kept.by_class, before, names)
    st.subheader("Class by class")
    st.dataframe(
        frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
        alt="How well each class is found",
    )  # fmt: skip
    if kept.by_class.average_precision is not None:
        st.caption(
            f"The least found first, by detections with a score from {SURE} that overlap a box by "
            "half. Intervals come from whole samples drawn again."
        )
        return
    st.caption(
        "The least found first. A single class has few samples: look at the interval first."
        if kept.by_class.iou is None
        else "The least found first. Intervals come from whole samples drawn again: positions of "
        "one sample are not independent."
    )


def show_confusion(counts: Counts, names: list[str]) -> None:
    """What is taken for what: a matrix, or of many classes the most frequent errors."""
    st.subheader("What is taken for what")
    if len(counts) <= confusion_heatmap.MOST_CLASSES:
        st.plotly_chart(
            in_ink(confusion_heatmap.figure(counts, names), theme()), key="inspect.confusion",
            config=CONFIG,
            alt="Confusion matrix",
        )  # fmt: skip
        st.caption("Green: found. Red: taken for another. The stronger, the larger its share.")
        return
    frame = class_tables.confused(counts, names)
    st.dataframe(
        frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
        alt="The most frequent errors",
    )  # fmt: skip


def show_different(
    study: Study,
    record: DatasetRecord,
    kept: Predictions,
    different: Disagreement,
    names: list[str],
) -> None:
    """The samples on which it and the float32 variant disagree."""
    st.subheader("Where it and float32 disagree")
    if record.task is Task.PER_POSITION:
        positions_apart.show(study, record, different)
        return
    if record.task is Task.DETECTION:
        boxes_apart.show(study, record, different, names)
        return
    if kept.classes is None:
        st.markdown(f"The {len(different.samples)} samples whose outputs are furthest apart.")
        frame = class_tables.numbers_apart(different)
    else:
        truth = _truth(study, record, len(kept.classes))
        st.markdown(in_words(different, len(kept.classes), truth))
        frame = class_tables.classes_apart(different, truth, names)
        pictures_apart.show(study, record, frame)
    if len(frame):
        st.dataframe(
            frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
            alt="The samples on which they disagree",
        )  # fmt: skip


def in_words(different: Disagreement, count: int, truth: Int64s | None) -> str:
    """How many samples, and who is right.

    Args:
        different: Of a classification.
        count: All evaluation samples.
        truth: The class of each; None without labels.
    """
    apart = len(different.samples)
    if not apart:
        return f"They give the same class for all {count:,} samples."
    share = f"{100 * apart / count:.2g} %"
    text = f"They give different classes for {apart:,} of {count:,} samples ({share})"
    if truth is None:
        return f"{text}."
    right = who_is_right(different, truth)
    return (
        f"{text}: float32 is right in {right.expected:,}, this file in {right.answers:,}, neither "
        f"in {right.neither:,}."
    )


def _kept(study: Study, variant: Variant) -> Predictions | None:
    try:
        return read_predictions(study.folder / variant.predictions)
    except LiteweighError:
        return None


def _truth(study: Study, record: DatasetRecord, count: int) -> Int64s | None:
    if record.task not in {Task.CLASSIFICATION, Task.ANOMALY}:
        return None
    labels = Dataset(study.data_folder, record).labels("evaluation")
    return None if labels is None else class_labels(labels, count).astype(np.int64)


def _names(record: DatasetRecord, kept: Predictions) -> list[str]:
    """A name for each class; its number where there is none."""
    known = [
        len(kept.confusion) if kept.confusion is not None else 0,
        len(kept.by_class.samples) if kept.by_class is not None else 0,
        record.classes or 0,
    ]
    if kept.classes is not None and len(kept.classes):
        known.append(int(kept.classes.max()) + 1)
    if kept.different is not None and kept.classes is not None and len(kept.different.samples):
        known.append(int(kept.different.expected.max()) + 1)
    names = list(record.class_names)
    return names + [str(place) for place in range(len(names), max(known))]
