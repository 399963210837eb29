"""dashboard/frames/: where a variant finds other boxes than float32, in pictures."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.figures import boxes, sample_pictures
from dashboard.tables import class_tables
from dashboard.tables.height import height
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.measure.detection.detections import SURE
from optimizer.measure.disagreement import Disagreement
from optimizer.store.study import Study
from optimizer.words import counted

MOST_PICTURES = 6
PICTURE_WIDTH = 240  # pixels
COLUMNS = {
    "Sample": st.column_config.NumberColumn(
        width="small", help="Its number among the evaluation samples, counted from 0"
    ),
    "Lost": st.column_config.NumberColumn(help="Boxes that float32 finds and this file does not"),
    "Added": st.column_config.NumberColumn(help="Boxes that this file finds and float32 does not"),
}


def show(
    study: Study, record: DatasetRecord, different: Disagreement, names: Sequence[str]
) -> None:
    """Which boxes differ in which sample, and what it looks like.

    Args:
        study: Has the samples.
        record: Of its data.
        different: Of boxes, the most different sample first.
        names: Of the classes.
    """
    frame = class_tables.boxes_apart(different)
    if not len(frame):
        st.markdown(f"They find the same boxes in all samples, of those with a score from {SURE}.")
        return
    st.markdown(
        f"In {counted(len(frame), 'sample')} one of them finds boxes that the other does not, of "
        f"those with a score from {SURE}; the most different first."
    )
    dataset = Dataset(study.data_folder, record)
    for at in range(min(MOST_PICTURES, len(frame))):
        sample = int(different.samples[at])
        index = int(dataset.roles.evaluation[sample])
        picture = sample_pictures.draw(dataset, index)
        lost, added = int(frame["Lost"].iloc[at]), int(frame["Added"].iloc[at])
        st.markdown(f"**Sample {sample:,}**: {lost:,} lost, {added:,} added")
        with st.container(horizontal=True):
            if dataset.y is not None:
                labelled = boxes.drawn(picture, np.asarray(dataset.y[index]), names, scored=False)
                st.image(labelled, caption="Labelled", width=PICTURE_WIDTH)
            for title, rows in (
                ("float32", different.expected[at]),
                ("This file", different.answers[at]),
            ):
                st.image(boxes.drawn(picture, rows, names), caption=title, width=PICTURE_WIDTH)
    st.dataframe(
        frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
        alt="How many boxes of which sample differ",
    )  # fmt: skip
