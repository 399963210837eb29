"""pages/: the Data page: give the model data, and see how the float model does on them."""

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.figures import class_balance, sample_pictures
from dashboard.figures.house_style import CONFIG
from dashboard.forms import decisions, file_chooser
from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.state import session
from dashboard.tables import data_tables
from optimizer import sample
from optimizer.data.class_names import parse_names
from optimizer.data.data_options import RANDOM_INPUTS, DataFiles, DataOptions, Role
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.labels import Task
from optimizer.data.scaling import SCALINGS
from optimizer.data.sources.data_format import accepted
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.export.warnings import baseline_trouble, scaling_doubt
from optimizer.measure.metrics import METRICS
from optimizer.measure.metrics.headline import first_metrics
from optimizer.store.records import FloatReport, Variant
from optimizer.store.study import Study
from optimizer.words import sizes

ROLE_FILES = "data.roles"
ROLES: dict[Role, str] = {
    "training": "what fine-tuning learns from",
    "calibration": "ranges of activations for int8 and int16x8",
    "tuning": "what choices may look at",
    "evaluation": "what is reported",
}


def data_panel(study: Study) -> None:
    """The ways to give data: one's own, the sample's, or none."""
    left, right = st.columns([3, 2], border=True)
    with left:
        st.subheader("Your data")
        st.write(
            f"Give {accepted()}. Labels are optional; without them variants are compared with the "
            "float model."
        )
        chosen = file_chooser.choose("data", "Data")
        if chosen:
            give(study, DataFiles(chosen.path), chosen.name, chosen.fault)
        with st.expander("A file for each role"):
            choose_for_roles(study)
    with right:
        st.subheader("No data at hand")
        st.write(
            "Random inputs serve for size and latency. Accuracy stays unknown, and int8 and "
            "int16x8, which need real samples, are not possible."
        )
        if st.button("Go on without data", icon=":material/casino:"):
            give(study, DataFiles(), RANDOM_INPUTS)
        st.subheader("The sample’s data")
        st.write("11,000 pictures of clothing, 28 × 28, grey. Fits the sample model.")
        if st.button("Use the sample’s data", icon=":material/checkroom:"):
            give(study, DataFiles(sample.DATA), sample.DATA_NAME)


def choose_for_roles(study: Study) -> None:
    """One file for each role; a role without one is dealt out of the training file."""
    kept: dict[Role, file_chooser.Chosen] = st.session_state.setdefault(ROLE_FILES, {})
    columns = st.columns(2)
    for place, (role, purpose) in enumerate(ROLES.items()):
        with columns[place % 2]:
            if role in kept:
                name = verbatim(kept[role].name)
                st.markdown(f":green[:material/check:] **{role.title()}**: {name}")
            elif chosen := file_chooser.file(
                f"data.{role}", f"{role.title()}: {purpose}", label=True
            ):
                kept[role] = chosen
                st.rerun()
    st.caption(
        "Without calibration and tuning files, part of the training file serves. Evaluation is "
        "needed."
    )
    with st.container(horizontal=True):
        if st.button("Use these files", disabled="evaluation" not in kept):
            files = {role: chosen.path for role, chosen in kept.items()}
            del st.session_state[ROLE_FILES]
            give(study, DataFiles(None, files), kept["evaluation"].name)
        if kept and st.button("Clear", type="tertiary"):
            del st.session_state[ROLE_FILES]
            st.rerun()


def give(study: Study, files: DataFiles, name: str, fault: str = "") -> None:
    """Has data read and judged; `fault` is all that is said if they cannot be read, if given."""
    session.begin_with(partial(engine().add_data, study, files, name), DataOptions(), fault)
    st.rerun()


def show_data(study: Study) -> None:
    """What the data are, and what the float model reaches on them."""
    index = study.index
    dataset, report = index.dataset, index.float_report
    if dataset is None or report is None:
        return
    show_figures(dataset, report, index.variants[0])
    judge_accuracy(study)
    if not dataset.synthetic:
        for note in dataset.notes:
            st.info(verbatim(note), icon=":material/info:")
    if st.button("Choose optimizations", type="primary", icon=":material/arrow_forward:"):
        st.switch_page(page_files.OPTIMIZE)

    if dataset.synthetic:
        return
    left, right = st.columns(2)
    with left:
        show_scaling(study)
        show_task(study)
        show_names(study)
        st.subheader("Roles")
        st.dataframe(data_tables.roles(dataset), hide_index=True)
        st.caption(f"Disjoint, dealt out with seed {dataset.seed}.")
    with right:
        show_samples(study, dataset)
        if dataset.class_counts:
            st.subheader("Balance of classes")
            st.plotly_chart(
                class_balance.figure(
                    dataset.class_counts,
                    dataset.class_names,
                    "Positions" if dataset.task is Task.PER_POSITION else "Samples",
                ),
                key="data.classes",
                config=CONFIG,
                alt="Samples of each class",
            )


def show_figures(dataset: DatasetRecord, report: FloatReport, baseline: Variant) -> None:
    """The data in a few numbers, and what the float model reaches on them."""
    with st.container(horizontal=True):
        st.metric("Samples", f"{dataset.count:,}", help=verbatim(dataset.kind))
        st.metric("Task", dataset.task.value)
        if dataset.classes:
            st.metric("Classes", dataset.classes)
        if baseline.metric:
            st.metric(
                f"Float {METRICS[baseline.metric.name].title.lower()}",
                numbers.metric(baseline.metric),
                help=f"95 % interval {numbers.interval(baseline.metric)}, on "
                f"{baseline.metric.n:,} evaluation samples. The model in its own library: "
                f"{numbers.metric(report.keras)}.",
            )
        for other in baseline.others:
            if other.value is None:
                continue
            st.metric(
                METRICS[other.name].title,
                numbers.metric(other),
                help=f"95 % interval {numbers.interval(other)}",
            )


def show_samples(study: Study, dataset: DatasetRecord) -> None:
    """Some samples as pictures, where they are pictures."""
    st.subheader("Some samples")
    shown = sample_pictures.some(Dataset(study.data_folder, dataset))
    if not shown:
        shapes = " and ".join(sizes(x.shape) for x in dataset.inputs)
        st.caption(f"Each sample has the shape {shapes}; there is no picture to show.")
        return
    with st.container(horizontal=True):
        for picture, label in shown:
            st.image(picture, caption=verbatim(label), width=72)


def show_task(study: Study) -> None:
    """What the labels are taken for, and how to change it."""
    dataset, outputs = study.index.dataset, study.index.model.summary.outputs
    if dataset is None or dataset.task is Task.UNLABELLED:
        return
    with st.expander(f"Task: {dataset.task.value}"):
        place = f"{study.index.id}.{study.index.data_folder}"
        tasks = [task for task in Task if task is not Task.UNLABELLED]
        task = st.selectbox(
            "What the labels are for", tasks, index=tasks.index(dataset.task),
            format_func=lambda task: task.value, key=f"data.task.{place}",
        )  # fmt: skip
        names = [spec.name for spec in outputs]
        output = names[dataset.output]
        if len(names) > 1:
            output = st.selectbox(
                "The output that they are for", names, index=dataset.output,
                key=f"data.output.{place}",
            )  # fmt: skip
        if (task, output) != (dataset.task, names[dataset.output]):
            judge_again(
                study, "task", DataOptions(task=task, output=output, scaling=dataset.scaling)
            )
            return
        possible = first_metrics(task)
        metric = st.selectbox(
            "Reported first", possible, index=possible.index(str(dataset.first_metric)),
            format_func=lambda name: METRICS[name].title, key=f"data.metric.{place}",
            help="What limits, changes and the choice speak of. It has a score of each sample, so "
            "that files can be compared in pairs.",
        )  # fmt: skip
        if metric != dataset.first_metric:
            judge_again(study, "metric", replace(as_decided(study), metric=metric))


def show_names(study: Study) -> None:
    """What the classes are called, and how to call them otherwise."""
    dataset = study.index.dataset
    if dataset is None or dataset.classes is None:
        return
    place = f"{study.index.id}.{study.index.data_folder}"
    with st.expander("Class names"), st.form(f"data.names.{place}", border=False):
        text = st.text_area(
            "One a line, in the order of the model’s outputs",
            "\n".join(dataset.class_names), key=f"data.names.text.{place}",
            placeholder="\n".join(f"class {number}" for number in range(min(dataset.classes, 3))),
        )  # fmt: skip
        if st.form_submit_button("Save names"):
            try:
                study.name_classes(parse_names(text))
            except LiteweighError as error:
                st.error(verbatim(str(error)), icon=":material/error:")
            else:
                st.rerun()


def judge_again(study: Study, what: str, options: DataOptions) -> None:
    """The button that applies another scaling or task to the data."""
    if study.index.jobs:
        st.caption("This study has results, so the change starts a new study.")
    if st.button(f"Apply this {what}", icon=":material/refresh:"):
        session.begin(engine().judge_again(study, options))
        st.rerun()


def judge_accuracy(study: Study) -> None:
    """Says whether the float model's accuracy can be believed."""
    index = study.index
    dataset, report = index.dataset, index.float_report
    metric = index.variants[0].metric
    if dataset is None or report is None:
        return
    if dataset.synthetic:
        st.warning(
            "The inputs are random numbers: they serve for size and latency only. Nothing can be "
            "said about accuracy, and nothing can be calibrated or trained with them.",
            icon=":material/casino:",
        )
    elif index.model.summary.select_tf_ops:
        st.warning(
            "The model keeps TensorFlow’s own operators, so its files cannot be run here: accuracy "
            "and latency stay unknown.",
            icon=":material/warning:",
        )
    elif dataset.task is Task.UNLABELLED:
        st.info(
            "The data have no labels. Variants are compared with the float model: how often they "
            "agree with it, and how near their outputs are.",
            icon=":material/info:",
        )
    elif trouble := baseline_trouble(index):
        st.warning(verbatim(trouble), icon=":material/warning:")
    elif metric:
        st.success(
            f"The float model reaches {numbers.metric(metric)} "
            f"(95 % interval {numbers.interval(metric)}) on {metric.n:,} samples.",
            icon=":material/check_circle:",
        )


def show_scaling(study: Study) -> None:
    """The scaling that is applied, and how the model does under each."""
    dataset, report = study.index.dataset, study.index.float_report
    if dataset is None or report is None:
        return
    st.subheader("Scaling")
    known = [score.scaling for score in report.scalings] or list(SCALINGS)
    chosen = st.selectbox(
        f"Values in the file run from {dataset.low:g} to {dataset.high:g}; the model gets",
        known,
        index=known.index(dataset.scaling),
        format_func=lambda name: f"{name}: {SCALINGS[name].meaning}",
        key=f"data.scaling.{study.index.id}.{study.index.data_folder}",
    )
    if report.scalings:
        if doubt := scaling_doubt(study.index):
            st.warning(verbatim(doubt), icon=":material/warning:")
        st.dataframe(data_tables.scalings(report, dataset.scaling), hide_index=True)
        count = report.scalings[0].metric.n
        st.caption(
            f"Measured on {count:,} samples of the tuning role, to choose the scaling only. What "
            "is reported comes from the evaluation role."
        )
    if chosen != dataset.scaling:
        judge_again(study, "scaling", replace(as_decided(study), scaling=chosen))
    if dataset.reshaped_from:
        st.caption(f"Each sample was reshaped from {dataset.reshaped_from} to {dataset.shape}.")


def as_decided(study: Study) -> DataOptions:
    """What is decided of the study's data now."""
    dataset = study.index.dataset
    if dataset is None:
        return DataOptions()
    names = [spec.name for spec in study.index.model.summary.outputs]
    labelled = dataset.task is not Task.UNLABELLED
    return DataOptions(
        task=dataset.task if labelled else None,  # without labels there is none to choose
        output=names[dataset.output],
        scaling=dataset.scaling,
        metric=dataset.headline,
        class_names=dataset.class_names,
    )


study = session.current()
st.title(verbatim(study.index.dataset.name) if study and study.index.dataset else "Data")
if study is None:
    st.info("Open a model first; data are checked against it.", icon=":material/info:")
    st.page_link(page_files.MODEL, label="Open a model", icon=":material/arrow_back:")
elif not operations.show():
    decisions.ask_about_data()
    if study.index.dataset:
        show_data(study)
        with st.expander("Use other data"):
            data_panel(study)
    else:
        data_panel(study)
