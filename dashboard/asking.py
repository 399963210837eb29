"""dashboard/: chooses the sample that every variant is asked about, and shows it."""

import io
import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import answers, uploads
from dashboard.composer import verbatim
from dashboard.engine import engine
from optimizer.data.dataset import DatasetRecord
from optimizer.errors import LiteweighError
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.prediction_files import read_predictions
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tasks.sample_question import Question, Reply

KEY = "inspect.ask"
BY_NUMBER, DIFFERENT, BY_HAND = "By number", "Where answers differ", "By hand"
GIVEN = f"{KEY}.given"
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
PICTURE_WIDTH = 224  # pixels


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
        width=PICTURE_WIDTH,
    )  # fmt: skip
    return Question(position=number)


def _different(study: Study, variant: Variant) -> Question | None:
    try:
        found = read_predictions(study.folder / variant.predictions).different
    except LiteweighError as error:
        st.warning(str(error), icon=":material/warning:")
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
        f"Of {len(positions):,} samples on which {variant.recipe} and float32 differ",
        1,
        len(positions),
        key=f"{KEY}.different.{variant.key}",
        width=2 * PICTURE_WIDTH,
    )
    return Question(position=int(positions[number - 1]))


def _given(study: Study) -> Question | None:
    """A file, or numbers; the last that was given stays until there is another."""
    upload, form = st.columns(2)
    with upload:
        chosen = uploads.file(
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
            st.caption(" ".join(reply.sample.notes))
        _show_answers(answers.table(reply, record))
        if not reply.sample.picture:
            _show_inputs(reply)


def _title(reply: Reply, question: Question, record: DatasetRecord) -> str:
    if question.position is not None:
        name = f"Evaluation sample {question.position:,}"
    else:
        name = f"Your file “{verbatim(question.name)}”" if question.name else "Your numbers"
    label = answers.label(reply, record)
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
            "Right": st.column_config.TextColumn(width="small"),
            "From float32": st.column_config.TextColumn(
                help="The largest difference of a value from the float32 file’s"
            ),
        },
        alt="Every variant’s answer",
    )


def _show_inputs(reply: Reply) -> None:
    with st.expander("What the model gets"):
        for given in reply.sample.inputs:
            sizes = " × ".join(map(str, given.shape)) or "one value"
            shown = ", ".join(f"{value:.4g}" for value in given.values)
            more = ", …" if _count(given.shape) > len(given.values) else ""
            st.markdown(f"**{verbatim(given.name)}**, {sizes}: {shown}{more}")


def _count(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product
