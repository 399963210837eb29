"""pages/: the Data page: give the model data, and see how the float model does on them."""

import streamlit as st

from dashboard import figures, navigation, pictures, session, tables, uploads, waiting
from dashboard.engine import engine
from optimizer import sample
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.data.scaling import SCALINGS
from optimizer.export import numbers
from optimizer.studies.study import Study


def data_panel(study: Study) -> None:
    """The two ways to give data: an own file, or the sample's."""
    left, right = st.columns([3, 2], border=True)
    with left:
        st.subheader("Upload an .npz")
        st.write(
            "NumPy arrays: `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test`. "
            "Labels are optional; without them variants are compared with the float model."
        )
        upload = st.file_uploader("Data file", key="data.file", label_visibility="collapsed")
        if upload is not None and uploads.is_new("data.file", upload):
            uploads.open_data(study, upload)
            st.rerun()
    with right:
        st.subheader("Use the sample’s data")
        st.write("11,000 pictures of clothing, 28 × 28, grey. Fits the sample model.")
        if st.button("Use the sample’s data", icon=":material/checkroom:"):
            session.begin(engine().add_data(study, sample.DATA, sample.DATA_NAME))
            st.rerun()


def show_data(study: Study) -> None:
    """What the data are, and what the float model reaches on them."""
    index = study.index
    dataset, report = index.dataset, index.float_report
    if dataset is None or report is None:
        return
    baseline = index.variants[0].metric
    with st.container(horizontal=True):
        st.metric("Samples", f"{dataset.count:,}")
        st.metric("Task", dataset.task.value)
        if dataset.classes:
            st.metric("Classes", dataset.classes)
        if baseline:
            st.metric(
                "Float accuracy" if dataset.classes else "Float error (MAE)",
                numbers.metric(baseline),
                help=f"95 % interval {numbers.interval(baseline)}, on {baseline.n:,} evaluation "
                f"samples. The model in Keras itself: {numbers.metric(report.keras)}.",
            )
    judge_accuracy(study)
    if st.button("Choose optimizations", type="primary", icon=":material/arrow_forward:"):
        st.switch_page(navigation.OPTIMIZE)

    left, right = st.columns(2)
    with left:
        show_scaling(study)
        st.subheader("Roles")
        st.dataframe(tables.roles(dataset), hide_index=True)
    with right:
        st.subheader("Some samples")
        shown = pictures.some(Dataset(study.data_folder, dataset, "float32"))
        if shown:
            with st.container(horizontal=True):
                for picture, label in shown:
                    st.image(picture, caption=label, width=72)
        else:
            st.caption(f"Each sample has the shape {dataset.shape}; there is no picture to show.")
        if dataset.class_counts:
            st.subheader("Balance of classes")
            st.plotly_chart(
                figures.classes(dataset.class_counts),
                key="data.classes",
                config={"displayModeBar": False},
                alt="Samples of each class",
            )


def judge_accuracy(study: Study) -> None:
    """Says whether the float model's accuracy can be believed."""
    index = study.index
    dataset, report = index.dataset, index.float_report
    metric = index.variants[0].metric
    if dataset is None or report is None:
        return
    if dataset.task is Task.UNLABELLED:
        st.info(
            "The data have no labels. Variants are compared with the float model: how often they "
            "agree with it, and how near their outputs are.",
            icon=":material/info:",
        )
    elif metric is None or metric.value is None:
        st.warning(
            "The model's outputs are not all numbers (NaN), so accuracy cannot be measured. "
            "Check the model and the scaling.",
            icon=":material/warning:",
        )
    elif report.near_chance(metric):
        st.warning(
            f"The float model reaches {numbers.metric(metric)}, hardly more than guessing "
            f"({numbers.share(report.chance)}). Most often the scaling is wrong: the model was "
            "trained on values of another range. Try another scaling below, or check the order of "
            "the labels.",
            icon=":material/warning:",
        )
    else:
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
        st.dataframe(tables.scalings(report, dataset.scaling), hide_index=True)
        count = report.scalings[0].metric.n
        st.caption(
            f"Measured on {count:,} samples of the tuning role, to choose the scaling only. What "
            "is reported comes from the evaluation role."
        )
    if chosen != dataset.scaling:
        if study.index.jobs:
            st.caption("This study has results, so the new scaling starts a new study.")
        if st.button("Apply this scaling", icon=":material/refresh:"):
            session.begin(engine().rescale(study, chosen))
            st.rerun()
    if dataset.reshaped_from:
        st.caption(f"Each sample was reshaped from {dataset.reshaped_from} to {dataset.shape}.")


study = session.current()
st.title(study.index.dataset.name if study and study.index.dataset else "Data")
if study is None:
    st.info("Open a model first; data are checked against it.", icon=":material/info:")
    st.page_link(navigation.MODEL, label="Open a model", icon=":material/arrow_back:")
elif not waiting.show():
    if study.index.dataset:
        show_data(study)
        with st.expander("Use other data"):
            data_panel(study)
    else:
        data_panel(study)
