"""data/: reads what the user brought into the form that a study keeps."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Int64s
from optimizer.data.anomaly_labels import (
    FALSE_ALARMS,
    RECONSTRUCTIONS,
    check_false_alarms,
    check_reconstruction,
)
from optimizer.data.boxes.anchors import ANCHORS
from optimizer.data.boxes.box_labels import CLASS, are_boxes
from optimizer.data.boxes.head import Head
from optimizer.data.boxes.understand_boxes import understand_boxes
from optimizer.data.class_names import check_names
from optimizer.data.data_options import RANDOM_INPUTS, DataFiles, DataOptions
from optimizer.data.dataset import (
    KEPT_LABELS,
    LABELS,
    ROLE_INDICES,
    SOURCE,
    DatasetRecord,
    InputRecord,
    further_labels,
    input_file,
    write_columns,
)
from optimizer.data.fit_labels import unlabelled_anomalies
from optimizer.data.forecast_scale import SEASON
from optimizer.data.further_outputs import ALONE, Further, further_outputs
from optimizer.data.labels import Labels, RawLabels, Task, class_order
from optimizer.data.output_head import output_position
from optimizer.data.position_labels import UNJUDGED
from optimizer.data.roles import DEALT, FEW_EVALUATION, LEAST_TRAINING, ROLES, Roles, deal
from optimizer.data.rows import open_rows
from optimizer.data.rows_writer import RowsWriter, check_space
from optimizer.data.scaling import Columns
from optimizer.data.sources.recognise_data import recognise_data
from optimizer.data.sources.source import Given, Part
from optimizer.data.understand_labels import understand
from optimizer.errors import DataError
from optimizer.files.digest import digest, text_digest
from optimizer.models.summary import ModelSummary, TensorSpec
from optimizer.reporting import Report
from optimizer.words import sizes

SEED = 0
LOOKED_AT = 64
"""Samples whose labels are held against their inputs."""
# Arrays in SOURCE.
GIVEN, NOTES, NAMES, CLASSES = "given", "notes", "class_names", "names_of_classes"
IDS = "ids_of_classes"  # there where labels are boxes
QUANTIZED = {"int8", "uint8", "int16"}
"""Types of inputs that a quantized file makes from the values of the float model."""


@dataclass(frozen=True)
class _Kept:
    """What is kept of the source beside the inputs.

    Attributes:
        labels: As they came, by output; of the first samples only, if the last have none.
        given: For each sample the position of its role in `ROLES`, or `DEALT`.
        notes: What was done to the data while they were read.
        class_names: What the file calls the classes; empty where it does not say.
        boxes: Whether the labels are boxes.
        class_ids: The numbers that the file gives the classes of boxes; empty where they count
            from 0.
    """

    labels: Mapping[str, RawLabels]
    given: npt.NDArray[np.int8]
    notes: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    boxes: bool = False
    class_ids: tuple[int, ...] = ()

    def write(self, folder: Path) -> None:
        arrays: dict[str, Array] = {
            GIVEN: self.given,
            NOTES: np.array(self.notes, dtype=str),
            CLASSES: np.array(self.class_names, dtype=str),
        }
        if self.boxes:
            arrays[IDS] = np.array(self.class_ids, np.int64)
        for output, raw in self.labels.items():
            arrays[f"{KEPT_LABELS}{output}"] = raw.values
            arrays[f"{NAMES}{output}"] = np.array(raw.names, dtype=str)
        np.savez(folder / SOURCE, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, folder: Path) -> "_Kept":
        with np.load(folder / SOURCE) as kept:
            outputs = [
                name.removeprefix(KEPT_LABELS) for name in kept if name.startswith(KEPT_LABELS)
            ]
            labels = {
                output: RawLabels(
                    kept[f"{KEPT_LABELS}{output}"],
                    tuple(str(name) for name in kept[f"{NAMES}{output}"]),
                )
                for output in outputs
            }
            classes = kept.get(CLASSES, ())  # studies of before have none
            return cls(
                labels,
                kept[GIVEN],
                tuple(str(note) for note in kept[NOTES]),
                tuple(str(name) for name in classes),
                boxes=IDS in kept,
                class_ids=tuple(int(one) for one in kept.get(IDS, ())),
            )


def digest_of(files: DataFiles) -> str:
    """SHA-256 of all files and the roles that they are for; of one file alone it is the file's."""
    if files.main and not files.roles:
        return digest(files.main)
    parts = [f"{role}={digest(path)}" for role, path in files.roles.items()]
    if files.main:
        parts.append(f"main={digest(files.main)}")
    return text_digest(" ".join(sorted(parts)) or RANDOM_INPUTS)


def read(
    files: DataFiles,
    name: str,
    folder: Path,
    summary: ModelSummary,
    options: DataOptions,
    report: Report,
) -> DatasetRecord:
    """Reads the user's files into `folder`, checked against the model.

    Args:
        files: Where the data lie; none at all: random inputs.
        name: What to call them.
        folder: An empty folder, which takes what `dataset` lists.
        summary: The model that the data are for.
        options: What the user has decided; the scaling is not applied here.
        report: Told what is done, and the share done.

    Raises:
        UndecidedDataError: the label column of a table has to be chosen first.
        DataError: the data cannot be read, or shape, types, values or labels do not fit the model.
    """
    given = _given(files)
    report("Recognising the data", 0.0)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        source, given = recognise_data(given, Path(work))
        report("Looking at the data", 0.0)
        content = source(given, summary, options, Path(work))
        parts = _in_order(content.parts)
        inputs = _check_forms(parts, summary)
        check_space(folder, _bytes(parts))
        inputs, labels, given_roles = _copy(parts, inputs, folder, report)
    if options.letterbox and not content.letterbox:
        raise DataError(
            f"A letterbox is for files of pictures, but the data are {content.kind}: their samples "
            "have the model's size already. Leave the letterbox out."
        )
    kept = _Kept(
        labels,
        given_roles,
        tuple(content.notes),
        content.class_names,
        boxes=content.boxes,
        class_ids=content.class_ids,
    )
    kept.write(folder)
    if content.anchors is not None:
        np.save(folder / ANCHORS, content.anchors)
    report("Looking at the data", 0.0)
    record = DatasetRecord(
        name=name,
        kind=content.kind,
        task=Task.UNLABELLED,
        classes=None,
        class_names=(),
        inputs=inputs,
        output=0,
        class_counts=(),
        training=0,
        calibration=0,
        tuning=0,
        evaluation=0,
        scaling="none",
        seed=SEED,
        digest=digest_of(files),
        synthetic=content.kind == RANDOM_INPUTS,
        label=content.label,
        letterbox=content.letterbox,
    )
    return _interpret(folder, folder, record, summary, options, kept)


def reinterpret(
    before: Path,
    folder: Path,
    record: DatasetRecord,
    summary: ModelSummary,
    options: DataOptions,
) -> DatasetRecord:
    """Deals the roles of a read dataset again, for another task or output of the model.

    Args:
        before: Where it lies; only read.
        folder: Takes labels, roles and the statistics of tables; the samples stay where they are.
            It may be `before`.
        record: What it was.
        summary: The model.
        options: Task and output; the label column stays as it is.

    Raises:
        DataError: the labels do not fit.
    """
    return _interpret(before, folder, record, summary, options, _Kept.read(before))


# ---- the files -------------------------------------------------------------------------------


def _given(files: DataFiles) -> list[Given]:
    if files.roles and files.main is None and "evaluation" not in files.roles:
        named = ", ".join(files.roles)
        raise DataError(
            f"There are data for {named} but none for evaluation. Give a file for evaluation too, "
            "or one that the other roles are dealt from."
        )
    given = [Given(path, role) for role, path in files.roles.items()]
    return [Given(files.main, None), *given] if files.main else given


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """The parts with labels first; only calibration can do without."""
    labelled = [part for part in parts if part.labels]
    bare = [part for part in parts if not part.labels]
    lacking = [part.title or "one" for part in bare if part.role != "calibration"]
    if labelled and lacking:
        raise DataError(
            f"Some of the data have labels, others do not: {', '.join(lacking)} has none. Give "
            "labels for all, or leave that part out."
        )
    outputs = {frozenset(part.labels) for part in labelled}
    if len(outputs) > 1:
        raise DataError(
            "The parts of the data have labels for different outputs. Give all parts the same ones."
        )
    return labelled + bare


# ---- the inputs ------------------------------------------------------------------------------


def _check_forms(parts: Sequence[Part], summary: ModelSummary) -> tuple[InputRecord, ...]:
    """Holds the shapes of all parts against the model; the values are not known yet."""
    records = []
    for at, spec in enumerate(summary.inputs):
        forms = [part.inputs[at] for part in parts]
        shapes = sorted({form.shape for form in forms})
        if len(shapes) > 1:
            titles = " and ".join(dict.fromkeys(form.title for form in forms))
            raise DataError(
                f"{titles} differ in shape: {' and '.join(map(sizes, shapes))} a sample. Both must "
                "be as the model takes them."
            )
        wanted = tuple(int(size or 1) for size in spec.shape[1:])
        (own,) = shapes
        if own != wanted and not _reshapes(own, wanted):
            title = "A sample" if len(summary.inputs) == 1 else f"A sample of {forms[0].title}"
            raise DataError(
                f"{title} has the shape {sizes(own)}, but the model takes {sizes(wanted)}. "
                "Resize, crop or transpose the samples to that and save them again."
            )
        records.append(
            InputRecord(
                name=spec.name,
                shape=wanted,
                dtype=str(np.result_type(*(form.dtype for form in forms))),
                input_dtype=_taken(spec, summary),
                low=0.0,
                high=0.0,
                reshaped_from=None if own == wanted else own,
            )
        )
    return tuple(records)


def _taken(spec: TensorSpec, summary: ModelSummary) -> str:
    """What an input takes; a quantized file takes the float model's values and quantizes them."""
    return "float32" if summary.quantized and spec.dtype in QUANTIZED else spec.dtype


def _reshapes(own: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether the values stand in the order that the model takes: flat, or but for sizes of 1.

    Other shapes of as many values (channels first, say) would be read as noise.
    """
    long_own, long_wanted = ([size for size in shape if size != 1] for shape in (own, wanted))
    flat = min(len(long_own), len(long_wanted)) <= 1
    return long_own == long_wanted or (flat and np.prod(own) == np.prod(wanted))


def _bytes(parts: Sequence[Part]) -> int:
    return sum(
        part.count * int(np.prod(form.shape, dtype=int)) * form.dtype.itemsize
        for part in parts
        for form in part.inputs
    )


def _copy(
    parts: Sequence[Part], inputs: tuple[InputRecord, ...], folder: Path, report: Report
) -> tuple[tuple[InputRecord, ...], dict[str, RawLabels], npt.NDArray[np.int8]]:
    """Writes all samples, part after part.

    Returns:
        The inputs with the range of their values, the labels as they came, and the given roles.
    """
    labels: dict[str, list[Array]] = {output: [] for output in parts[0].labels}
    total, counts = sum(part.count for part in parts), []
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                RowsWriter(input_file(folder, at), one.reshaped_from or one.shape, one.dtype)
            )
            for at, one in enumerate(inputs)
        ]
        for part in parts:
            before = writers[0].count
            for piece in part.pieces():
                for writer, rows in zip(writers, piece.inputs, strict=True):
                    writer.add(rows)
                for output, values in zip(part.labels, piece.labels, strict=True):
                    labels[output].append(values)
                report("Reading the data", writers[0].count / total)
            counts.append(writers[0].count - before)
            if not counts[-1]:
                raise DataError(
                    f"{part.title or 'The file'} has no sample that can be used. Add some, or "
                    "leave it out."
                )
    places = [DEALT if part.role is None else ROLES.index(part.role) for part in parts]
    return (
        tuple(_checked(one, writer) for one, writer in zip(inputs, writers, strict=True)),
        {output: _joined(values, parts) for output, values in labels.items()},
        np.repeat(np.array(places, np.int8), counts),
    )


def _checked(record: InputRecord, writer: RowsWriter) -> InputRecord:
    """The record with the range of its values; refuses what the model cannot take."""
    if writer.bad:
        raise DataError(
            f"The inputs hold {writer.bad:,} values that are NaN or infinite. Remove or replace "
            "them."
        )
    if np.dtype(record.input_dtype).kind in "iu":
        limits = np.iinfo(record.input_dtype)
        if writer.broken or writer.low < limits.min or writer.high > limits.max:
            raise DataError(
                f"The inputs run from {writer.low:g} to {writer.high:g}"
                f"{' with fractions' if writer.broken else ''}, but the model takes whole numbers "
                f"({record.input_dtype}, {limits.min:,} to {limits.max:,}). Give the numbers that "
                "the model was trained on."
            )
    return replace(record, low=writer.low, high=writer.high)


def _joined(values: Sequence[Array], parts: Sequence[Part]) -> RawLabels:
    """All labels in one array, and the classes that came by name."""
    shapes = sorted({array.shape[1:] for array in values})
    if len(shapes) > 1:
        titles = " and ".join(dict.fromkeys(f"y_{part.title}" for part in parts if part.labels))
        raise DataError(
            f"{titles} differ in shape: {' and '.join(map(sizes, shapes))} a sample. Give both in "
            "the same form."
        )
    text = {array.dtype.kind == "U" for array in values}
    if len(text) > 1:
        raise DataError("Some labels are texts, others numbers. Give all in the same form.")
    joined = np.concatenate(values)
    if not text.pop():
        return RawLabels(joined)
    found, codes = np.unique(joined, return_inverse=True)
    names = class_order(found.tolist())
    places = np.array([names.index(name) for name in found.tolist()], np.int64)
    return RawLabels(places[codes], names)


# ---- labels and roles ------------------------------------------------------------------------


def _interpret(
    inputs: Path,
    folder: Path,
    record: DatasetRecord,
    summary: ModelSummary,
    options: DataOptions,
    kept: _Kept,
) -> DatasetRecord:
    """Writes labels, roles and the statistics of tables, and tells what they are in the record."""
    labels, output = None, output_position(summary, options.output)
    head: Head | None = None
    if kept.boxes and options.task is not Task.UNLABELLED:
        (raw,) = kept.labels.values()
        labels, head = understand_boxes(
            raw.values, kept.class_names, kept.class_ids, summary, options, (inputs, folder)
        )
        output = head.outputs[0]
    elif kept.labels and options.task is not Task.UNLABELLED:
        output, labels = understand(
            kept.labels,
            summary,
            output=options.output,
            task=options.task,
            label=record.label or "",
            named_classes=len(options.class_names or kept.class_names),
            are_inputs=_are_inputs(inputs, record, kept),
            assume=options.assume,
        )
    elif options.task is Task.ANOMALY and not record.synthetic:
        output, labels = unlabelled_anomalies(summary, options.output, len(kept.given))
    elif options.task not in {None, Task.UNLABELLED}:
        raise DataError(
            f"The data have no labels, so they cannot be used for {options.task.value}. Give "
            "labels, or leave the task open."
        )
    for old in (folder / LABELS, *folder.glob("y-*.npy")):  # those of another task or output
        old.unlink(missing_ok=True)
    if labels:
        np.save(folder / LABELS, labels.values)
    alone = labels is None or labels.task in ALONE or kept.boxes
    others = () if alone else tuple(further_outputs(kept.labels, summary, output))
    for one in others:
        if one.output and one.labels:
            np.save(further_labels(folder, one.output.output), one.labels.values)
    roles = deal(kept.given, _strata(labels, len(kept.given)), SEED)
    np.savez(folder / ROLE_INDICES, **vars(roles))
    write_columns(folder, _columns(inputs, record, roles))
    record = replace(
        record,
        task=labels.task if labels else Task.UNLABELLED,
        classes=labels.classes if labels else None,
        class_names=_names(labels, options, kept),
        output=output,
        head=head,
        class_counts=_class_counts(labels),
        training=len(roles.training),
        calibration=len(roles.calibration),
        tuning=len(roles.tuning),
        evaluation=len(roles.evaluation),
        threshold=None,  # what the float model tells of another task or scaling is told anew
        target_scaling="none",
        assumed=" ".join(filter(None, [labels.assumed if labels else "", *map(_assumed, others)])),
        further=tuple(one.output for one in others if one.output),
        **_of_anomalies(labels, options),
        **_of_forecasts(labels, options),
    )
    shortages = () if record.synthetic else _shortages(record)
    about = tuple(filter(None, [labels.note if labels else "", *(one.note for one in others)]))
    return replace(record, notes=(*kept.notes, *about, *shortages))


def _are_inputs(inputs: Path, record: DatasetRecord, kept: _Kept) -> bool:
    """Whether the labels are the inputs themselves, as the first samples tell."""
    if len(kept.labels) > 1:
        return False
    (raw,) = kept.labels.values()
    for at, one in enumerate(record.inputs):
        if raw.values[0].size == np.prod(one.shape, dtype=int) > 1:
            first = min(LOOKED_AT, len(raw.values))
            rows = np.asarray(open_rows(input_file(inputs, at))[np.arange(first)])
            if np.array_equal(rows.reshape(first, -1), raw.values[:first].reshape(first, -1)):
                return True
    return False


def _assumed(further: Further) -> str:
    return further.labels.assumed if further.labels else ""


def _of_anomalies(labels: Labels | None, options: DataOptions) -> dict[str, Any]:
    """How errors of reconstruction are reckoned and judged; refuses that for other tasks."""
    alarms, error = options.false_alarms, options.reconstruction
    if labels and labels.task is Task.ANOMALY:
        return {
            "false_alarms": FALSE_ALARMS if alarms is None else check_false_alarms(alarms),
            "reconstruction": check_reconstruction(error or RECONSTRUCTIONS[0]),
        }
    if alarms is not None or error is not None:
        task = labels.task if labels else Task.UNLABELLED
        raise DataError(
            "A share of false alarms and an error of reconstruction are for anomaly detection, but "
            f"the data are {task.value}. Choose the task {Task.ANOMALY.value}, or leave both out."
        )
    return {"false_alarms": None, "reconstruction": None}


def _of_forecasts(labels: Labels | None, options: DataOptions) -> dict[str, Any]:
    """The season; refuses one for other tasks."""
    if labels and labels.task is Task.FORECAST:
        return {"season": SEASON if options.season is None else options.season, "naive_errors": ()}
    if options.season is not None:
        raise DataError(
            "A season is for forecasts, but the data are "
            f"{(labels.task if labels else Task.UNLABELLED).value}. Choose the task "
            f"{Task.FORECAST.value}, or leave it out."
        )
    return {"season": None, "naive_errors": ()}


def _names(labels: Labels | None, options: DataOptions, kept: _Kept) -> tuple[str, ...]:
    """What the classes are called: by the user, by the labels, or by the file."""
    if labels is None:
        return ()
    if options.class_names:
        return check_names(options.class_names, labels.classes)
    if labels.names or labels.classes is None:
        return labels.names
    return check_names(kept.class_names, labels.classes)


def _strata(labels: Labels | None, count: int) -> Int64s | None:
    """The class of each sample; of those at the end that have no label -1."""
    if labels is None or labels.task not in {Task.CLASSIFICATION, Task.ANOMALY}:
        return None
    classes = np.full(count, -1, np.int64)
    classes[: len(labels.values)] = labels.values
    return classes


def _columns(inputs: Path, record: DatasetRecord, roles: Roles) -> dict[int, Columns]:
    """Mean and deviation of the columns of flat float inputs, on all but the evaluation role."""
    seen = np.sort(np.concatenate([roles.training, roles.calibration, roles.tuning]))
    if not len(seen):
        seen = roles.evaluation  # there is nothing else, and inputs alone give no answers away
    return {
        at: Columns.of(open_rows(input_file(inputs, at)), seen)
        for at, (one, scaled) in enumerate(zip(record.inputs, record.scaled, strict=True))
        if scaled and len(one.shape) == 1
    }


def _class_counts(labels: Labels | None) -> tuple[int, ...]:
    if labels is None or labels.task in {Task.REGRESSION, Task.FORECAST}:
        return ()
    if labels.task is Task.DETECTION:
        counts = np.bincount(
            labels.values[are_boxes(labels.values), CLASS].astype(np.int64),
            minlength=labels.classes or 0,
        )
    elif labels.task is Task.MULTI_LABEL:
        counts = labels.values.sum(axis=0, dtype=np.int64)
    else:
        judged = labels.values[labels.values != UNJUDGED].astype(np.int64)
        counts = np.bincount(judged, minlength=labels.classes or 0)
    return tuple(int(count) for count in counts)


def _shortages(record: DatasetRecord) -> list[str]:
    """What the roles are too small for."""
    notes = []
    if record.evaluation < FEW_EVALUATION:
        notes.append(
            f"Only {record.evaluation:,} samples are left for evaluation: differences of less than "
            "several points cannot be told from noise."
        )
    if not record.calibration:
        notes.append(
            "No sample is left for calibration: int8 and int16x8 cannot be made, since the ranges "
            "of activations have to be measured."
        )
    if not record.tuning:
        notes.append(
            "No sample is left for tuning: training cannot keep its best epoch, and nothing can be "
            "searched for."
        )
    if record.training < LEAST_TRAINING:
        notes.append(
            f"Only {record.training:,} samples are left for training, and {LEAST_TRAINING} are "
            "needed: nothing can be fine-tuned."
        )
    return notes
