"""dashboard/frames/: where a variant gives positions another class than float32, in pictures."""

import numpy as np
import streamlit as st

from dashboard.figures import masks, sample_pictures
from dashboard.tables import class_tables
from dashboard.tables.height import height
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.measure.disagreement import Disagreement
from optimizer.store.study import Study
from optimizer.words import counted

MOST_PICTURES = 6
PICTURE_WIDTH = 150  # pixels
COLUMNS = {
    "Sample": st.column_config.NumberColumn(
        width="small", help="Its number among the evaluation samples, counted from 0"
    ),
    "Apart": st.column_config.NumberColumn(
        "Positions that differ", format="%.2f %%", help="Of the sample’s positions"
    ),
}


def show(study: Study, record: DatasetRecord, different: Disagreement) -> None:
    """How much differs in which sample, and of pixels what it looks like.

    Args:
        study: Has the samples.
        record: Of its data.
        different: Of classes of positions, the most different sample first.
    """
    frame = class_tables.positions_apart(different)
    if not len(frame):
        st.markdown("They give the same class for every position of all samples.")
        return
    st.markdown(
        f"In {counted(len(frame), 'sample')} some positions get another class than by float32; the "
        "most different first."
    )
    if different.answers.ndim == 3:
        st.caption("Class 0 leaves the picture as it is. Red: where the two files differ.")
        dataset = Dataset(study.data_folder, record)
        for at in range(min(MOST_PICTURES, len(frame))):
            _draw(dataset, different, at, float(frame["Apart"].iloc[at]))
    st.dataframe(
        frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
        alt="How many positions of which sample differ",
    )  # fmt: skip


def _draw(dataset: Dataset, different: Disagreement, at: int, share: float) -> None:
    sample = int(different.samples[at])
    index = int(dataset.roles.evaluation[sample])
    picture = sample_pictures.draw(dataset, index)
    mine, theirs = different.answers[at], different.expected[at]
    shown = [("float32", theirs), ("This file", mine)]
    if dataset.y is not None:
        shown.insert(0, ("Labelled", np.asarray(dataset.y[index])))
    st.markdown(f"**Sample {sample:,}**: {share:.2g} % of the positions differ")
    with st.container(horizontal=True):
        for title, classes in shown:
            st.image(masks.overlay(picture, classes), caption=title, width=PICTURE_WIDTH)
        st.image(masks.apart(picture, mine, theirs), caption="Apart", width=PICTURE_WIDTH)
