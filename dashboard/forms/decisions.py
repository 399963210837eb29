"""dashboard/forms/: what only the user can say about a model or a table."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.forms import file_chooser, head_form, unlock
from dashboard.markdown import verbatim
from dashboard.server import sharing
from dashboard.state import session
from dashboard.tables import data_tables
from optimizer.data.data_options import (
    NO_LABEL,
    DataOptions,
    DataQuestion,
    UndecidedDataError,
    UndecidedHeadError,
)
from optimizer.data.labels import Task
from optimizer.data.understand_labels import UndecidedLabelsError
from optimizer.models.applications import NAMES
from optimizer.models.open_options import ModelQuestion, OpenOptions, UndecidedModelError
from optimizer.models.open_sizes import suggested_sizes
from optimizer.models.summary import TensorSpec
from optimizer.words import sizes

KEY = "questions"
FOUND = "As found"


def ask_about_model() -> None:
    """Draws what has to be decided about a model that could not be opened yet, if anything."""
    asked = session.asked()
    if asked is None or not isinstance(asked.error, UndecidedModelError):
        return
    question, options = asked.error.question, asked.options
    with st.container(border=True, key=f"{KEY}.model"):
        if question.architecture:
            _architecture(asked)
            return
        if question.layers:
            _code(asked)
            return
        if question.code:
            decided = _trust(asked.error, options)
        elif question.open_inputs:
            decided = _sizes(question.open_inputs, options)
        elif question.functions:
            decided = _function(question, options)
        elif question.operators:
            decided = _operators(question, options)
        else:
            decided = _ends(asked.error, options)
    if decided is not None:
        asked.again(decided)
        st.rerun()


def ask_about_data() -> None:
    """Draws what has to be decided about data that could not be read yet, if anything."""
    asked = session.asked()
    if asked is None or isinstance(asked.error, UndecidedModelError):
        return
    decided = None
    with st.container(border=True, key=f"{KEY}.data"):
        if isinstance(asked.error, UndecidedHeadError):
            decided = _head(asked.error, asked.options)
        elif isinstance(asked.error, UndecidedLabelsError):
            decided = _meaning(asked.error, asked.options)
        elif isinstance(asked.error, UndecidedDataError):
            decided = _label(asked.error.question, asked.options)
    if decided is not None:
        asked.again(decided)
        st.rerun()


def _trust(error: UndecidedModelError, options: OpenOptions) -> OpenOptions | None:
    st.subheader("The file holds code")
    st.error(verbatim(str(error)), icon=":material/gpp_maybe:")
    if not sharing.is_local():
        st.caption("This app is shared with other machines, so no file’s own code is ever run.")
        return None
    if not unlock.unlocked(KEY, "To run it"):
        return None
    trusted = st.toggle(
        "I trust this file",
        key=f"{KEY}.trust",
        help="Its code then runs on this computer with your rights. Only for files whose maker "
        "you know.",
    )
    pressed = st.button("Open it", disabled=not trusted, icon=":material/lock_open:")
    return replace(options, trusted=True) if pressed else None


def _sizes(inputs: Sequence[TensorSpec], options: OpenOptions) -> OpenOptions | None:
    st.subheader("Which size?")
    st.write("The model leaves the size of its input open, and a `.tflite` has a fixed one.")
    with st.form(f"{KEY}.sizes", border=False):
        chosen = {spec.name: _size(spec) for spec in inputs}
        if not st.form_submit_button("Open with this size", type="primary"):
            return None
    return replace(options, sizes={**options.sizes, **chosen})


def _size(spec: TensorSpec) -> tuple[int, ...]:
    """One box for each open dimension of an input; the dimensions that the model fixes stay."""
    suggested = suggested_sizes(spec)
    fixed = (None,) * len(suggested[0]) if spec.any_rank else spec.shape[1:]
    st.markdown(f"**{verbatim(spec.name)}**, {verbatim(spec.dtype)}")
    filled = []
    for place, column in enumerate(st.columns(max(len(fixed), 2))[: len(fixed)]):
        name, key, size = _dimension(place, len(fixed)), f"{KEY}.{spec.name}.{place}", fixed[place]
        if size is not None:
            column.text_input(name, str(size), disabled=True, key=key)
            filled.append(size)
            continue
        choices = sorted({usual[place] for usual in suggested})
        chosen = column.selectbox(
            name,
            choices,
            index=choices.index(suggested[0][place]),
            accept_new_options=True,
            key=key,
        )
        filled.append(int(chosen) if str(chosen).isdecimal() else 0)  # 0 is refused with a reason
    return tuple(filled)


def _dimension(place: int, count: int) -> str:
    """What a dimension of a sample is mostly called."""
    names = {1: ("Length",), 2: ("Length", "Features"), 3: ("Height", "Width", "Channels")}
    return names[count][place] if count in names else f"Size {place + 1}"


def _ends(error: UndecidedModelError, options: OpenOptions) -> OpenOptions | None:
    st.subheader("Where does the model begin and end?")
    question = error.question
    if not question.graph_inputs:
        st.error(verbatim(str(error)), icon=":material/error:")
        return None
    st.write("A frozen graph does not say which of its tensors are inputs and outputs.")
    with st.form(f"{KEY}.ends", border=False):
        inputs = _tensors("Inputs", question.graph_inputs)
        outputs = _tensors("Outputs", question.graph_outputs)
        if not st.form_submit_button("Open with these", type="primary"):
            return None
    return replace(options, inputs=inputs, outputs=outputs)


def _code(asked: session.Asked) -> None:
    """The file names layers that it does not hold: their Python file may be given, and is run."""
    st.subheader("The model needs code that is not in its file")
    st.error(verbatim(str(asked.error)), icon=":material/extension:")
    if not sharing.is_local():
        st.caption("This app is shared with other machines, so no code is ever taken.")
        return
    if not unlock.unlocked(KEY, "To run a Python file"):
        return
    trusted = st.toggle(
        "I trust the Python file that I give",
        key=f"{KEY}.trust_code",
        help="It runs on this computer with your rights, whenever this model is opened. It is kept "
        "with the study.",
    )
    if not trusted:
        return
    given = file_chooser.file(f"{KEY}.code", "The Python file that defines them", label=True)
    if given:
        asked.again(asked.options, code=given.path)
        st.rerun()


def _architecture(asked: session.Asked) -> None:
    """A file of weights needs to be told which layers they are of."""
    st.subheader("Which layers are these the weights of?")
    st.write("The file has the weights alone. Give the model’s description, or its network.")
    given = file_chooser.file(
        f"{KEY}.architecture", "model.json, as model.to_json() writes it", label=True
    )
    if given:
        asked.again(asked.options, architecture=given.path)
        st.rerun()
    with st.form(f"{KEY}.application", border=False):
        name = st.selectbox(
            "Or a network of keras.applications", NAMES, index=None, key=f"{KEY}.application.name",
            help="Its weights are those of the file, and nothing is fetched. Width and classes are "
            "told from their shapes.",
        )  # fmt: skip
        sent = st.form_submit_button("Open with this network", type="primary")
    if sent and name:
        asked.again(replace(asked.options, architecture=name))
        st.rerun()


def _function(question: ModelQuestion, options: OpenOptions) -> OpenOptions | None:
    st.subheader("Which function is the model?")
    st.write("The SavedModel has several, and none of them is the one that is served by default.")
    with st.form(f"{KEY}.function", border=False):
        chosen = st.selectbox("Function", question.functions, key=f"{KEY}.function.name")
        if not st.form_submit_button("Open with this function", type="primary"):
            return None
    return replace(options, function=chosen)


def _tensors(title: str, specs: Sequence[TensorSpec]) -> tuple[str, ...]:
    words = {spec.name: f"{spec.name}  ({_shape(spec)}, {spec.dtype})" for spec in specs}
    chosen = st.multiselect(
        title,
        list(words),
        default=list(words)[:1],
        format_func=words.__getitem__,
        key=f"{KEY}.{title}",
    )
    return tuple(chosen)


def _shape(spec: TensorSpec) -> str:
    return sizes(spec.shape, empty="scalar")


def _operators(question: ModelQuestion, options: OpenOptions) -> OpenOptions | None:
    st.subheader("Operators that TensorFlow Lite does not have")
    st.write(f"The model uses {', '.join(map(verbatim, question.operators))}.")
    st.markdown(
        "- They can stay as **TensorFlow’s own operators** (SELECT_TF_OPS). The device then needs "
        "the Flex runtime, tens of megabytes instead of one or two, and microcontrollers and "
        "most accelerators are out.\n"
        "- The LiteRT interpreter **here cannot run such a file**, so accuracy and latency stay "
        "unknown; size and contents are shown.\n"
        "- Better, if you can: replace the layers that need them, and open the model again."
    )
    pressed = st.button("Keep TensorFlow’s operators", icon=":material/warning:")
    return replace(options, select_tf_ops=True) if pressed else None


def _head(error: UndecidedHeadError, options: DataOptions) -> DataOptions | None:
    st.subheader("How are boxes read?")
    st.write(verbatim(str(error)))
    said = head_form.choose(f"{KEY}.head", error.question.outputs, None)
    if said is None:
        return None
    return replace(
        options, task=Task.DETECTION, head=said.text, anchors=said.anchors or options.anchors
    )


def _label(question: DataQuestion, options: DataOptions) -> DataOptions | None:
    st.subheader("Which column is the label?")
    st.dataframe(data_tables.columns(question), hide_index=True)
    names = [column.name for column in question.columns]
    with st.form(f"{KEY}.label", border=False):
        choices = [*names, NO_LABEL]
        label = st.selectbox(
            "Label column",
            choices,
            index=choices.index(question.guess),
            format_func=lambda name: name or "None: the table has no labels",
            key=f"{KEY}.label.column",
            help="What the model should have answered. All other columns become its input, in "
            "this order; rows with missing values are left out.",
        )
        task = st.selectbox(
            "Task",
            [FOUND, *(task.value for task in Task if task is not Task.UNLABELLED)],
            key=f"{KEY}.label.task",
            help="As found: told from the labels and the model's output.",
        )
        if not st.form_submit_button("Use these data", type="primary"):
            return None
    return replace(options, label=label, task=None if task == FOUND else Task(task))


def _meaning(error: UndecidedLabelsError, options: DataOptions) -> DataOptions | None:
    """For which output the labels are, and for what, where several readings fit."""
    st.subheader("What are the labels for?")
    st.write("Several readings fit, and every number of accuracy rests on the right one.")
    choices = error.choices
    with st.form(f"{KEY}.meaning", border=False):
        place = st.radio(
            "They say",
            range(len(choices)),
            format_func=lambda at: verbatim(choices[at].words),
            captions=[verbatim("; ".join(one.why)) for one in choices],
            key=f"{KEY}.meaning.choice",
        )
        if not st.form_submit_button("Use them so", type="primary"):
            return None
    return options.decided(choices[place])
