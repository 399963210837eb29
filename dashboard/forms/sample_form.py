"""dashboard/forms/: chooses the sample that every variant is asked about."""

import io
import re

import streamlit as st

from dashboard.forms import file_chooser
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from optimizer.data.dataset import DatasetRecord
from optimizer.errors import LiteweighError
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.prediction_files import read_predictions
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tasks.sample_question import Question

KEY = "inspect.ask"
BY_NUMBER, DIFFERENT, BY_HAND = "By number", "Where answers differ", "By hand"
GIVEN = f"{KEY}.given"
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
WIDTH = 224  # pixels


def choose(study: Study, variant: Variant, record: DatasetRecord) -> Question | None:
    """Draws the ways to choose a sample; None until one is chosen.

    Args:
        study: Has results.
        variant: The one that may differ from float32.
        record: The study's dataset.
    """
    ways = [BY_NUMBER, BY_HAND]
    if variant.recipe != BASELINE_TEXT and not record.synthetic:
        ways.insert(1, DIFFERENT)
    way = st.segmented_control("Sample", ways, default=BY_NUMBER, required=True, key=f"{KEY}.way")
    if way == BY_HAND:
        return _given(study)
    if way == DIFFERENT:
        return _different(study, variant)
    count = record.evaluation
    number = st.number_input(
        f"Evaluation sample, 0 to {count - 1:,}", 0, count - 1, key=f"{KEY}.number",
        width=WIDTH,
    )  # fmt: skip
    return Question(position=number)


def _different(study: Study, variant: Variant) -> Question | None:
    try:
        found = read_predictions(study.folder / variant.predictions).different
    except LiteweighError as error:
        st.warning(verbatim(str(error)), icon=":material/warning:")
        return None
    if found is None:
        st.info(
            "Where this file and float32 differ was not kept. Run the recipe again in a new study.",
            icon=":material/info:",
        )
        return None
    positions = found.samples
    if not len(positions):
        st.success(
            "This file and float32 give the same answer for every evaluation sample.",
            icon=":material/check_circle:",
        )
        return None
    # A key for each variant: another one has another number of such samples.
    number = st.number_input(
        f"Of {len(positions):,} samples on which {verbatim(variant.recipe)} and float32 differ",
        1,
        len(positions),
        key=f"{KEY}.different.{variant.key}",
        width=2 * WIDTH,
    )
    return Question(position=int(positions[number - 1]))


def _given(study: Study) -> Question | None:
    """A file, or numbers; the last that was given stays until there is another."""
    upload, form = st.columns(2)
    with upload:
        chosen = file_chooser.file(
            KEY, "An image, or a file with one sample (.npy, .npz, .csv)", label=True
        )
        if chosen:
            _remember(study, Question(file=chosen.path, name=chosen.name))
            st.rerun()  # with an uploader that takes the next one
    with form, st.form(f"{KEY}.numbers", border=False):
        text = st.text_area(
            "Or the numbers, in the model’s order", key=f"{KEY}.text", height=68,
            placeholder="5.1, 3.5, 1.4, 0.2",
        )  # fmt: skip
        if st.form_submit_button("Ask", icon=":material/send:") and text.strip():
            content = io.BytesIO(one_row(text).encode())
            file = engine().library.keep_upload(content)
            _remember(study, Question(file=file))
    remembered: tuple[str, Question] | None = st.session_state.get(GIVEN)
    if remembered is None or remembered[0] != study.index.id:
        return None
    return remembered[1]


def _remember(study: Study, question: Question) -> None:
    st.session_state[GIVEN] = (study.index.id, question)


def one_row(text: str) -> str:
    """Numbers as the one row of a table, however they are set apart; other texts as they are."""
    words = [word for word in re.split(r"[\s,\[\]()]+", text) if word]
    if all(NUMBER.fullmatch(word) for word in words):
        return ",".join(words)
    return text.strip()
