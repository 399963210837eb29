"""pages/: the Data page: give the model data, and see how the float model does on them."""

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.figures import class_balance, sample_pictures
from dashboard.figures.house_style import CONFIG
from dashboard.forms import decisions, file_chooser, head_form
from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.state import session
from dashboard.tables import data_tables
from optimizer import sample
from optimizer.data.anomaly_labels import ANOMALY, RECONSTRUCTIONS, rebuilt_input
from optimizer.data.as_decided import as_decided as decided_before
from optimizer.data.class_names import parse_names
from optimizer.data.data_options import RANDOM_INPUTS, DataFiles, DataOptions, Role
from optimizer.data.dataset import Dataset, DatasetRecord, has_labels
from optimizer.data.given_scaling import GIVEN, GivenScaling, parse_scaling, read_scaler
from optimizer.data.labels import Task
from optimizer.data.scaling import AUTO, SCALINGS
from optimizer.data.sources.data_format import accepted
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.export.warnings import (
    assumed,
    baseline_trouble,
    further_trouble,
    scaling_doubt,
)
from optimizer.measure.metrics import METRICS
from optimizer.measure.metrics.headline import first_metrics
from optimizer.store.records import FloatReport, Variant
from optimizer.store.study import Study
from optimizer.words import in_sentence, sizes

ERRORS = {"mse": "mean squared", "mae": "mean absolute"}
UNCHANGED = 1e-6  # per cent
ROLE_FILES = "data.roles"
LETTERBOX = "data.letterbox"
COUNTED = {Task.PER_POSITION: "Positions", Task.DETECTION: "Boxes"}
TYPED, IN_A_FILE = "Numbers", "A scaler’s file"
BEFORE = {
    AUTO: "what the data look like",
    "none": "the values as they are in the file",
    "unit": "values from 0 to 1 (x / 255)",
}  # what a mean and a deviation are those of
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
        with st.expander("Pictures of other proportions than the model’s"):
            st.toggle(
                "Letterbox: as large as fits, with grey bars beside", key=LETTERBOX,
                help="As detectors such as YOLO’s are trained. Without it files of pictures are "
                "stretched to the model’s size.",
            )  # fmt: skip
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
    own = files not in (DataFiles(), DataFiles(sample.DATA))
    options = DataOptions(letterbox=own and bool(st.session_state.get(LETTERBOX)))
    session.begin_with(partial(engine().add_data, study, files, name), options, fault)
    st.rerun()


def show_data(study: Study) -> None:
    """What the data are, and what the float model reaches on them."""
    index = study.index
    dataset, report = index.dataset, index.float_report
    if dataset is None or report is None:
        return
    show_figures(dataset, report, index.variants[0])
    show_assumed(study)
    judge_accuracy(study)
    judge_parts(study)
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
        show_head(study)
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
                    COUNTED.get(dataset.task, "Samples"),
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
                f"Float {in_sentence(METRICS[baseline.metric.name].title)}",
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


def possible_tasks(study: Study, dataset: DatasetRecord) -> list[Task]:
    """What the data may be for; without labels an autoencoder's errors alone can be looked at."""
    labelled: list[Task] = [task for task in Task if task is not Task.UNLABELLED]
    if dataset.task is Task.UNLABELLED and has_labels(study.data_folder):  # they were laid aside
        return [Task.UNLABELLED, *labelled]
    unlabelled = dataset.task is Task.ANOMALY and not dataset.class_counts[ANOMALY]
    if unlabelled:
        return [Task.UNLABELLED, *labelled]
    if dataset.task is not Task.UNLABELLED:
        return labelled
    inputs = [one.shape for one in dataset.inputs]
    outputs = study.index.model.summary.outputs
    shape = tuple(size or 1 for size in outputs[dataset.output].shape[1:])
    return [Task.UNLABELLED, Task.ANOMALY] if rebuilt_input(inputs, shape) is not None else []


def show_task(study: Study) -> None:
    """What the labels are taken for, and how to change it."""
    dataset = study.index.dataset
    if dataset is None:
        return
    tasks = possible_tasks(study, dataset)
    if len(tasks) < 2:
        return
    with st.expander(f"Task: {dataset.task.value}"):
        place = f"{study.index.id}.{study.index.data_folder}"
        task = st.selectbox(
            "What the labels are for", tasks, index=tasks.index(dataset.task),
            format_func=lambda task: task.value, key=f"data.task.{place}",
        )  # fmt: skip
        names = [spec.name for spec in study.index.model.summary.outputs]
        task, output = choose_output(dataset, names, task, f"data.output.{place}")
        if (task, output) != (dataset.task, names[dataset.output]):
            judge_again(
                study,
                "task",
                replace(
                    DataOptions(task=task, output=output),
                    scaling=as_decided(study).scaling,
                    given=dataset.given,
                ),
            )
            return
        possible = first_metrics(task)
        if not possible:
            return
        metric = st.selectbox(
            "Reported first", possible, index=possible.index(str(dataset.first_metric)),
            format_func=lambda name: METRICS[name].title, key=f"data.metric.{place}",
            help="What limits, changes and the choice speak of. It has a score of each sample, so "
            "that files can be compared in pairs.",
        )  # fmt: skip
        if metric != dataset.first_metric:
            judge_again(study, "metric", replace(as_decided(study), metric=metric))
        if dataset.task is Task.ANOMALY:
            show_alarms(study, dataset, place)
        if dataset.task is Task.FORECAST:
            season = st.number_input(
                "Season, in steps", 1, value=dataset.season or 1, key=f"data.season.{place}",
                help="The forecast that MASE compares with repeats the value of a season ago.",
            )  # fmt: skip
            if season != dataset.season:
                judge_again(study, "season", replace(as_decided(study), season=season))


def choose_output(
    dataset: DatasetRecord, names: list[str], task: Task, key: str
) -> tuple[Task, str]:
    """The output that the labels are for, or the headline's where several have labels; its task."""
    if len(names) == 1 or dataset.head is not None:
        return task, names[dataset.output]
    place = st.selectbox(
        "Headline: the output that limits, changes and the choice speak of"
        if dataset.further else "The output that they are for",
        range(len(names)), index=dataset.output, format_func=names.__getitem__, key=key,
    )  # fmt: skip
    own = next((one.task for one in dataset.further if one.output == place), task)
    return own if task is dataset.task else task, names[place]


def show_alarms(study: Study, dataset: DatasetRecord, place: str) -> None:
    """By which error anomalies are told, and how many false alarms may be given."""
    error = st.selectbox(
        "Error of a rebuilt sample", RECONSTRUCTIONS,
        index=RECONSTRUCTIONS.index(str(dataset.reconstruction)), format_func=ERRORS.__getitem__,
        key=f"data.error.{place}",
    )  # fmt: skip
    now = 100 * (dataset.false_alarms or 0.0)
    alarms = st.number_input(
        "False alarms (% of normal samples)", 0.01, 99.0, value=now, step=1.0, format="%.4g",
        key=f"data.alarms.{place}",
        help="The threshold is told once, by the float model on normal samples that are not "
        "evaluated, and every file is judged by it.",
    )  # fmt: skip
    if dataset.threshold is not None:
        st.caption(f"Alarm above an error of {dataset.threshold:.4g}.")
    if error != dataset.reconstruction or abs(alarms - now) > UNCHANGED:
        decided = replace(as_decided(study), reconstruction=error, false_alarms=alarms / 100)
        judge_again(study, "threshold", decided)


def show_head(study: Study) -> None:
    """How a detector's outputs are read as boxes, and how to read them otherwise."""
    dataset = study.index.dataset
    if dataset is None or dataset.head is None:
        return
    place = f"{study.index.id}.{study.index.data_folder}"
    with st.expander("How boxes are read"):
        st.caption(verbatim(str(dataset.head)))
        if study.index.jobs:
            st.caption("This study has results, so the change starts a new study.")
        outputs = [str(spec) for spec in study.index.model.summary.outputs]
        said = head_form.choose(f"data.head.{place}", outputs, dataset.head)
        if said:
            options = replace(as_decided(study), head=said.text, anchors=said.anchors)
            session.begin(engine().judge_again(study, options))
            st.rerun()


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


def judge_parts(study: Study) -> None:
    """Says at which further output or component the float model's answers are worth nothing."""
    for said in (*further_trouble(study.index), *study.index.variants[0].warnings):
        st.warning(verbatim(said), icon=":material/warning:")


def show_assumed(study: Study) -> None:
    """What the labels were taken for though nobody said it, and a way to say that it is so."""
    dataset, taken = study.index.dataset, assumed(study.index)
    if dataset is None or taken is None:
        return
    st.warning(verbatim(taken), icon=":material/warning:")
    if st.button("That is what they are for", key="data.assumed"):
        names = [spec.name for spec in study.index.model.summary.outputs]
        said = replace(
            as_decided(study), task=dataset.task, output=names[dataset.output], assume=False
        )
        session.begin(engine().judge_again(study, said))
        st.rerun()


def show_scaling(study: Study) -> None:
    """The scaling that is applied, and how the model does under each."""
    dataset, report = study.index.dataset, study.index.float_report
    if dataset is None or report is None:
        return
    st.subheader("Scaling")
    given = [GIVEN] if dataset.given else []
    known = [score.scaling for score in report.scalings] or [*given, *SCALINGS]
    chosen = st.selectbox(
        f"Values in the file run from {dataset.low:g} to {dataset.high:g}; the model gets",
        known,
        index=known.index(dataset.scaling),
        format_func=lambda name: f"{name}: {dataset.meaning(name)}",
        key=f"data.scaling.{study.index.id}.{study.index.data_folder}",
    )
    if report.scalings:
        if doubt := scaling_doubt(study.index):
            st.warning(verbatim(doubt), icon=":material/warning:")
        st.dataframe(data_tables.scalings(report, dataset), hide_index=True)
        count = report.scalings[0].metric.n
        st.caption(
            f"Measured on {count:,} samples of the tuning role, to choose the scaling only. What "
            "is reported comes from the evaluation role."
        )
    if chosen != dataset.scaling:
        judge_again(study, "scaling", replace(as_decided(study), scaling=chosen, given=None))
    give_scaling(study)
    if dataset.reshaped_from:
        st.caption(f"Each sample was reshaped from {dataset.reshaped_from} to {dataset.shape}.")


def give_scaling(study: Study) -> None:
    """The mean and the deviation that the model was trained with, where no name says them."""
    place = f"{study.index.id}.{study.index.data_folder}"
    with st.expander("Mean and deviation of your own"):
        st.caption(
            "One number for all values, one for each channel, or one for each column, in the order "
            "of the model’s inputs."
        )
        before = st.selectbox(
            "They are those of", list(BEFORE), format_func=BEFORE.__getitem__,
            key=f"data.before.{place}",
        )  # fmt: skip
        way = st.segmented_control(
            "Where they are", [TYPED, IN_A_FILE], default=TYPED, required=True,
            key=f"data.given.way.{place}",
        )  # fmt: skip
        try:
            given = _typed_scaling(place) if way == TYPED else _scaling_in_file()
            if given:
                apply_given(study, given, before)
        except LiteweighError as error:
            st.error(verbatim(str(error)), icon=":material/error:")


def _typed_scaling(place: str) -> GivenScaling | None:
    with st.form(f"data.given.{place}", border=False):
        mean = st.text_input("Mean", placeholder="0.485, 0.456, 0.406", key=f"data.mean.{place}")
        std = st.text_input("Deviation", placeholder="0.229, 0.224, 0.225", key=f"data.std.{place}")
        sent = st.form_submit_button("Apply these numbers")
    return parse_scaling(mean, std) if sent else None


def _scaling_in_file() -> GivenScaling | None:
    file = file_chooser.file("data.scaler", "A scaler’s values, as JSON or .npz", label=True)
    return read_scaler(file.path) if file else None


def apply_given(study: Study, given: GivenScaling, before: str) -> None:
    """Has the data judged with this mean and deviation."""
    options = replace(as_decided(study), scaling=before, given=given)
    session.begin(engine().judge_again(study, options))
    st.rerun()


def as_decided(study: Study) -> DataOptions:
    """What is decided of the study's data now."""
    outputs = [spec.name for spec in study.index.model.summary.outputs]
    return decided_before(study.index.dataset, outputs)


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
