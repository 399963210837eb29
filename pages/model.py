"""pages/: the Model page: open a model and see what it is and what fits it."""

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.forms import decisions, file_chooser
from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.state import session
from dashboard.tables import model_tables
from optimizer import sample
from optimizer.data.data_options import DataFiles
from optimizer.export import numbers
from optimizer.models.formats.model_format import accepted
from optimizer.models.open_options import OpenOptions
from optimizer.models.summary import ModelSummary
from optimizer.store.study import Study
from optimizer.techniques.registry import TECHNIQUES

MOST_ROWS = 25  # of a table that is shown whole


def start_panel() -> None:
    """The two ways in: the sample, or one's own model."""
    left, right = st.columns(2, border=True)
    with left:
        st.subheader("Try the sample")
        st.write(
            "A small network that tells ten kinds of clothing apart, with its data. "
            "It takes a minute to see every optimization compared."
        )
        if st.button("Use the sample", type="primary", icon=":material/play_arrow:"):
            session.begin(
                engine().open_both(
                    sample.MODEL, sample.MODEL_NAME, DataFiles(sample.DATA), sample.DATA_NAME
                )
            )
            st.rerun()
    with right:
        st.subheader("Bring your model")
        st.write(f"Upload {accepted()}.")
        chosen = file_chooser.choose("model", "Model")
        if chosen:
            begin = partial(engine().open_model, chosen.path, chosen.name)
            session.begin_with(begin, OpenOptions(), chosen.fault)
            st.rerun()


def show_model(study: Study) -> None:
    """What was found in the file."""
    summary = study.index.model.summary
    show_figures(summary)
    for note in summary.notes:
        st.info(verbatim(note), icon=":material/info:")
    if summary.loops and summary.layers and not study.index.model.options.unroll:
        offer_unrolling(study)
    if study.index.dataset is None:
        st.page_link(page_files.DATA, label="Next: give it data", icon=":material/arrow_forward:")
    elif st.button("Choose optimizations", type="primary", icon=":material/arrow_forward:"):
        st.switch_page(page_files.OPTIMIZE)
    left, right = st.columns(2)
    with left:
        st.subheader("Inputs and outputs")
        st.dataframe(model_tables.inputs_and_outputs(summary), hide_index=True)
        if summary.layers:
            st.subheader("Layers")
            st.dataframe(model_tables.layers(summary), hide_index=True, height="content")
    with right:
        st.subheader("Techniques that fit")
        show_techniques(study)
    show_fits(summary)


def offer_unrolling(study: Study) -> None:
    """Opens the model once more, as a study of its own."""
    if not st.button(
        "Open it with unrolled layers",
        key="model.unroll",
        icon=":material/linear_scale:",
        help="A new study of the same file, whose recurrent layers have integer operators.",
    ):
        return
    model = study.index.model
    begin = partial(engine().open_model, study.folder / model.file, model.summary.name)
    beside = {"code": study.folder / model.code} if model.code else {}
    session.begin_with(begin, replace(model.options, unroll=True), "", **beside)
    st.rerun()


def show_techniques(study: Study) -> None:
    """Every technique, with what it does, or the reason why it does not fit."""
    index = study.index
    for kind in TECHNIQUES.values():
        reason = kind.misfit(index.model.summary, index.dataset)
        if reason is None:
            st.markdown(f":green[:material/check:] **{kind.label}**  \n{kind.summary}")
        else:
            st.markdown(
                f":gray[:material/close: **{kind.label}**  \nNot possible: {verbatim(reason)}.]"
            )


def show_fits(summary: ModelSummary) -> None:
    """What training can change, layer by layer, before anything is trained."""
    if not (summary.untrainable or summary.fits):
        return
    st.subheader("What can be trained")
    if summary.untrainable:
        st.write(f"Nothing: {verbatim(summary.untrainable)}.")
        return
    steps = [TECHNIQUES[name] for name in model_tables.choosing(summary)]
    counts = [
        f"{step.heading()}: {[fit.obstacles[step.name] for fit in summary.fits].count(None)}"
        for step in steps
    ]
    counts[0] += f" of {len(summary.fits)} layers"
    st.write(f"{'; '.join(counts)}.")
    with st.expander("Layer by layer"):
        st.dataframe(
            model_tables.fits(summary),
            hide_index=True,
            height="content" if len(summary.fits) <= MOST_ROWS else "auto",
            column_config={
                "Layer": st.column_config.TextColumn(pinned=True),
                "Parameters": st.column_config.NumberColumn(width="small", format="localized"),
                steps[-1].heading(): st.column_config.TextColumn(width="large"),
            },
        )


def show_figures(summary: ModelSummary) -> None:
    """The model in five numbers."""
    with st.container(horizontal=True):
        version = verbatim(summary.version or "?")
        st.metric("Format", verbatim(summary.format), help=f"Written by Keras {version}")
        st.metric("Size", numbers.size(summary.size_bytes))
        st.metric("Parameters", numbers.count(summary.parameters))
        st.metric(
            "MACs", numbers.count(summary.macs),
            help="Multiply-accumulate operations of one inference",
        )  # fmt: skip
        st.metric("Layers", summary.layer_count or numbers.NONE)


study = session.current()
st.title(verbatim(study.index.name) if study else "Which optimization should you ship?")
if not study:
    st.write(
        "Liteweigh converts a Keras model in every way that pays, measures what each costs in "
        "accuracy and buys in size and speed, and gives you the file to ship."
    )
if not operations.show():
    decisions.ask_about_model()
    if study:
        show_model(study)
        with st.expander("Open another model"):
            start_panel()
    else:
        start_panel()
        if engine().library.ids():
            st.page_link(
                page_files.STUDIES,
                label="Or go on with a study that is there",
                icon=":material/folder_open:",
            )
