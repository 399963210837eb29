"""pages/: the Inspect page: what is inside one variant's file, and what it answers."""

from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.figures import operator_time, weight_spread
from dashboard.figures.house_style import CONFIG
from dashboard.forms import sample_form, variant_picker
from dashboard.frames import (
    class_scores,
    operations,
    sample_answers,
    sensitivity,
    weight_histograms,
)
from dashboard.markdown import verbatim
from dashboard.server import netron
from dashboard.server.engine import engine
from dashboard.state import readings, session
from dashboard.tables import file_tables
from dashboard.tables.height import height
from optimizer.choose.foreign import timed_on
from optimizer.choose.why_slower import why_slower_in
from optimizer.data.dataset import DatasetRecord
from optimizer.export import numbers
from optimizer.measure.histograms import WeightHistogram
from optimizer.measure.inside.facts import Inside, Verdict
from optimizer.measure.inside.oldest_runtime import oldest_runtime
from optimizer.measure.inside.targets import sources
from optimizer.recipes import parse
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tflite.facts import TensorRole

FRAME = 620  # pixels
TABS = "inspect.tab"
OLDER = "This was made by an older version of Liteweigh. Run its recipe again in a new study to see"
FITS = {True: ":green[:material/check_circle:]", False: ":red[:material/cancel:]",
        None: ":gray[:material/help:]"}  # fmt: skip
# Of tensors, and whether they are shown at first: other constants are many and rarely asked for.
ROLES: dict[TensorRole, bool] = {
    "input": True, "output": True, "activation": True, "weight": True, "state": True,
    "other constant": False,
}  # fmt: skip
COLUMNS = {
    "#": st.column_config.NumberColumn(width=50),
    "Operator": st.column_config.TextColumn(pinned=True),
    "Name": st.column_config.TextColumn(width=260),
    "Location": st.column_config.TextColumn(width="large"),
    "Shape": st.column_config.TextColumn(width=130),
    "Output": st.column_config.TextColumn(width=130),
    "Count": st.column_config.NumberColumn(width="small", format="localized"),
    "MACs": st.column_config.NumberColumn(
        format="localized", help="Multiply-accumulate operations of one inference"
    ),
    "Share": st.column_config.NumberColumn("Share of MACs", format="%.1f %%"),
    "Time": st.column_config.NumberColumn(format="%.3f ms", help="In the profile of one thread"),
    "Version": st.column_config.TextColumn(
        width="small", help="Which edition of the operator the file asks for"
    ),
    "Since": st.column_config.TextColumn(
        "Since TFLite", help="The oldest TensorFlow Lite that has this edition"
    ),
    "Bytes": st.column_config.NumberColumn(format="localized"),
    "Scale": st.column_config.TextColumn(
        width=190, help="What 1 stands for. Of several: smallest to largest (how many)"
    ),
    "Quantization": st.column_config.TextColumn(
        help="One scale for the tensor, or one for each slice along an axis, counted from 0"
    ),
}


def show_numbers(variant: Variant, inside: Inside | None) -> None:
    """The file in a few numbers."""
    contents = variant.contents
    operators = inside.operators if inside else ()
    with st.container(horizontal=True):
        st.metric("Size", numbers.size(variant.size_bytes))
        st.metric("Operators", sum(contents.operators.values()))
        st.metric(
            "MACs", numbers.count(contents.macs),
            help="Multiply-accumulate operations of one inference",
        )  # fmt: skip
        if inside:
            st.metric("Weights", numbers.size(sum(inside.weight_bytes.values())))
        st.metric(
            "Arena", numbers.size(contents.arena_bytes),
            help="The most that activations take at once, as TFLite Micro plans it",
        )  # fmt: skip
        if variant.memory:
            st.metric(
                "Peak memory", numbers.size(variant.memory.peak_bytes),
                help="Of a process that does nothing but run the file, Python and the runtime "
                f"included; {numbers.size(variant.memory.model_bytes)} came with the file",
            )  # fmt: skip
        st.metric(
            "Oldest runtime",
            verbatim(oldest_runtime(operators, contents.min_runtime_version) or numbers.NONE),
            help="The first TensorFlow Lite that has all operators in the editions that the file "
            f"asks for. The converter wrote {verbatim(contents.min_runtime_version or 'nothing')} "
            "into it",
        )  # fmt: skip


def show_targets(inside: Inside | None) -> None:
    """Where the file can run, and what stands in the way."""
    if inside is None:
        st.info(f"{OLDER} where it can run.", icon=":material/info:")
        return
    for verdict in inside.verdicts:
        with st.container(border=True):
            show_verdict(verdict)
    st.caption("By the published lists of each target; nothing was run there.")


def show_verdict(verdict: Verdict) -> None:
    """One target."""
    st.markdown(
        f"{FITS[verdict.fits]} **{verbatim(verdict.target)}**  \n{verbatim(verdict.sentence)}"
    )
    if verdict.obstacles:
        with st.expander(in_the_way(verdict), type="compact"):
            st.table(
                file_tables.obstacles(verdict), border="horizontal", hide_index=True,
                alt=f"What stands in the way of {verdict.target}",
            )  # fmt: skip
    source = verdict.source
    name = verbatim(source.name)
    if source in sources():  # as a study has it, it may lead anywhere
        name = f"[{name}]({source.url})"
    st.caption(f"Source: {name}, {verbatim(source.version)}")


def in_the_way(verdict: Verdict) -> str:
    """How much keeps the file from a target."""
    count = len(verdict.obstacles)
    return "1 thing stands in the way" if count == 1 else f"{count} things stand in the way"


def show_operators(study: Study, variant: Variant, inside: Inside | None) -> None:
    """Where the time goes, and every operator."""
    measured = readings.profile(study, variant)
    st.subheader("Where the time goes")
    if measured:
        st.plotly_chart(
            operator_time.figure(measured), key="inspect.profile", config=CONFIG,
            alt="Share of the time of each kind of operator",
        )  # fmt: skip
        reason = why_slower_in(study, variant)
        if reason:
            st.markdown(f":material/speed: **Why it is slower than float32:** {verbatim(reason)}")
        st.caption(
            f"Medians of {measured.runs} inferences with one thread on "
            f"{verbatim(timed_on(variant).cpu)}. Looking costs time too: the shares count, Compare "
            "has the latency."
        )
    else:
        st.caption(verbatim(variant.unprofiled or "The operators were not timed one by one."))
    st.subheader("Operators")
    if inside is None:
        st.info(f"{OLDER} its operators.", icon=":material/info:")
        return
    spent = file_tables.times(measured, inside)
    st.dataframe(
        file_tables.operators(inside, spent), hide_index=True, height="content",
        column_config=COLUMNS, alt="Kinds of operators",
    )  # fmt: skip
    with st.expander(f"Each of the {len(inside.operators):,} operators, in order"):
        st.dataframe(
            file_tables.each_operator(inside, spent), hide_index=True,
            height=height(len(inside.operators)), column_config=COLUMNS, alt="Every operator",
        )  # fmt: skip


def show_tensors(inside: Inside | None) -> None:
    """Bytes of each type, and every tensor with its quantization."""
    if inside is None:
        st.info(f"{OLDER} its tensors.", icon=":material/info:")
        return
    totals = (
        ("Weights, in the file", inside.weight_bytes),
        ("Inputs, outputs and activations, in memory", inside.activation_bytes),
    )
    for place, (title, by_type) in zip(st.columns(2), totals, strict=True):
        with place:
            st.markdown(f"**{title}**")
            st.table(file_tables.totals(by_type), border="horizontal", hide_index=True, alt=title)
    st.caption("Activations are never all in memory at once: the arena is what they need.")
    roles = [role for role in ROLES if any(tensor.role == role for tensor in inside.tensors)]
    chosen = st.pills(
        "Show", roles, selection_mode="multi", default=[role for role in roles if ROLES[role]],
        format_func=str.capitalize, key="inspect.roles", label_visibility="collapsed",
    )  # fmt: skip
    shown = [tensor for tensor in inside.tensors if tensor.role in chosen]
    st.dataframe(
        file_tables.tensors(shown), hide_index=True, height=height(len(shown)),
        column_config=COLUMNS, alt="Tensors with their quantization",
    )  # fmt: skip


def show_weights(study: Study, variant: Variant) -> None:
    """How the weights of a tensor spread, over those of the baseline."""
    histograms = weight_histograms.made(study, variant)
    if histograms is None:
        return
    if not histograms:
        st.info("The file has no weight tensors.", icon=":material/info:")
        return
    chosen = st.selectbox(
        "Weight tensor",
        range(len(histograms)),
        format_func=lambda place: tensor_title(histograms[place]),
        key=f"inspect.tensor.{variant.key}",
    )
    histogram = histograms[chosen]
    colour = parse(variant.recipe).family.colour
    st.plotly_chart(
        weight_spread.figure(histogram, variant.recipe, colour),
        key="inspect.spread",
        config=CONFIG,
        alt="How the weights spread, before and after",
    )
    st.caption(weight_spread.in_words(histogram))


def tensor_title(histogram: WeightHistogram) -> str:
    """A weight tensor in a list."""
    return (
        f"{histogram.layer or histogram.name} · {histogram.operator} · "
        f"{file_tables.shape(histogram.shape)} · {histogram.dtype.lower()}"
    )


def show_graph(study: Study, variant: Variant) -> None:
    """The file as a graph."""
    theme: netron.Theme = "dark" if st.context.theme.type == "dark" else "light"
    address = netron.address(study, variant, theme)
    st.iframe(address, height=FRAME, alt=f"Graph of {variant.recipe}")
    st.caption(
        "Choose an operator to see its attributes and weights. Drawn by Netron, on this machine: "
        "the file is sent nowhere."
    )


def show_answers(study: Study, variant: Variant, dataset: DatasetRecord) -> None:
    """One sample, and what every variant says to it."""
    if study.index.model.summary.select_tf_ops:
        st.info(
            "These files keep TensorFlow’s own operators, which cannot be run here.",
            icon=":material/info:",
        )
        return
    question = sample_form.choose(study, variant, dataset)
    if question is None:
        return
    keys = tuple(made.key for made in study.index.variants)
    reply = operations.result(
        "inspect.reply",
        (study.index.id, question, keys),
        partial(engine().ask, study, question),
    )
    if reply:
        sample_answers.show(reply, question, dataset)


def show(study: Study, variant: Variant, dataset: DatasetRecord) -> None:
    """The whole page; of its tabs only the open one is drawn."""
    inside = readings.inside(study, variant)
    show_numbers(variant, inside)
    sections = {
        "Where it can run": partial(show_targets, inside),
        "Operators": partial(show_operators, study, variant, inside),
        "Tensors": partial(show_tensors, inside),
        "Weights": partial(show_weights, study, variant),
        "Sensitivity": partial(sensitivity.show, study, "inspect.sensitivity"),
        "Graph": partial(show_graph, study, variant),
        "Predictions": partial(show_answers, study, variant, dataset),
        "Classes": partial(class_scores.show, study, variant),
    }
    tabs = st.tabs(list(sections), key=TABS, on_change="rerun", bind="query-params")
    for tab, section in zip(tabs, sections.values(), strict=True):
        if tab.open:
            with tab:
                section()


study = session.current()
st.title("Inspect")
if study and study.index.variants and study.index.dataset:
    show(study, variant_picker.choose(study), study.index.dataset)
elif not operations.show():
    st.info("There is no file to look into yet.", icon=":material/info:")
    target = page_files.DATA if study else page_files.MODEL
    label = "Add data" if study else "Open a model"
    st.page_link(target, label=label, icon=":material/arrow_back:")
