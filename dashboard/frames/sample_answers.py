"""dashboard/frames/: a sample, and what every variant answers to it."""

import io
from math import prod

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from dashboard.figures import boxes
from dashboard.markdown import verbatim
from dashboard.tables import answer_table
from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import Task
from optimizer.measure.detection.detections import SURE
from optimizer.tasks.sample_question import Question, Reply
from optimizer.words import sizes

PICTURE_WIDTH = 224  # pixels


def show(reply: Reply, question: Question, record: DatasetRecord) -> None:
    """The sample, and every variant's answer beside it."""
    picture, table = st.columns([1, 3]) if reply.sample.picture else (None, st.container())
    if picture and reply.sample.picture:
        with picture:
            st.image(reply.sample.picture, width=PICTURE_WIDTH)
            st.caption("As the model sees it")
    with table:
        st.markdown(_title(reply, question, record))
        if reply.sample.notes:
            st.caption(verbatim(" ".join(reply.sample.notes)))
        _show_answers(answer_table.table(reply, record))
        if not reply.sample.picture:
            _show_inputs(reply)
    if record.task is Task.DETECTION and reply.sample.picture:
        _show_boxes(reply, reply.sample.picture, record)


def _show_boxes(reply: Reply, picture: bytes, record: DatasetRecord) -> None:
    """The boxes that are labelled, and those that each variant finds."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    with st.container(horizontal=True):
        if reply.sample.label is not None:
            rows = answer_table.box_rows(reply.sample.label)
            labelled = boxes.drawn(pixels, rows, record.class_names, scored=False)
            st.image(labelled, caption="Labelled", width=PICTURE_WIDTH)
        for answer in reply.answers:
            if not answer.error:
                rows = answer_table.box_rows(answer.values)
                found = boxes.drawn(pixels, rows, record.class_names)
                st.image(found, caption=verbatim(answer.recipe), width=PICTURE_WIDTH)
    st.caption(f"Boxes with a score from {SURE}.")


def _title(reply: Reply, question: Question, record: DatasetRecord) -> str:
    if question.position is not None:
        name = f"Evaluation sample {question.position:,}"
    else:
        name = f"Your file “{verbatim(question.name)}”" if question.name else "Your numbers"
    label = answer_table.label(reply, record)
    return f"**{name}**" + (f" · labelled **{verbatim(label)}**" if label else "")


def _show_answers(frame: pd.DataFrame) -> None:
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={
            "Recipe": st.column_config.TextColumn(pinned=True),
            "Probability": st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%.1f %%"
            ),
            "Output": st.column_config.NumberColumn(format="%.3g"),
            "Right": st.column_config.TextColumn(),
            "Boxes": st.column_config.TextColumn(
                "Against float32", help="Boxes that only the float32 file finds, or only this one"
            ),
            "Apart": st.column_config.TextColumn(
                help="Positions whose class is another than the float32 file’s"
            ),
            "From float32": st.column_config.TextColumn(
                help="The largest difference of a value from the float32 file’s"
            ),
        },
        alt="Every variant’s answer",
    )


def _show_inputs(reply: Reply) -> None:
    with st.expander("What the model gets"):
        for given in reply.sample.inputs:
            shown = ", ".join(f"{value:.4g}" for value in given.values)
            more = ", …" if prod(given.shape) > len(given.values) else ""
            st.markdown(f"**{verbatim(given.name)}**, {sizes(given.shape)}: {shown}{more}")
