"""export/script/: what a script says of training: steps, rows by their places, labels."""

import hashlib
import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.arrays import Array, Indices
from optimizer.data.data_options import Role
from optimizer.data.dataset import (
    KEPT_LABELS,
    SOURCE,
    Dataset,
    DatasetRecord,
    input_file,
)
from optimizer.data.labels import DISTILLED, UNNAMED, Task
from optimizer.data.rows import Rows, open_rows
from optimizer.data.scaling import SCALINGS
from optimizer.data.sources.source import ROLE_NAMES
from optimizer.errors import StudyError
from optimizer.export.script.carry import ENGINE
from optimizer.export.script.inputs import SCALING, inputs_of, names_of
from optimizer.export.script.literals import call, compiled_loss, numbers, plain, together
from optimizer.export.script.places import places_text, written_places
from optimizer.models.summary import ModelSummary
from optimizer.recipes import Recipe
from optimizer.store.prediction_files import read_array
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.techniques import properties
from optimizer.techniques.properties import Property

TRAINING = f"{ENGINE}.export.script.training"
ORDER: tuple[Role, ...] = ("training", "calibration", "tuning", "evaluation")
LABELLED: tuple[Role, ...] = ("training", "tuning")
COMPARED = 200  # evaluation samples on which a file that is made again is held against the study's
AT_ONCE = 1024  # samples in memory, to be counted into the digest
MOST_BESIDE = 2 * 2**30  # bytes of samples in the file beside a script


@dataclass(frozen=True)
class Taught:
    """What is said of a recipe's training.

    Attributes:
        expression: Makes the `Course`.
        roots: What that names of the engine.
        beside: The content of the file that has what the user's `.npz` has not; None without.
        needs_data: Whether the script takes the user's `.npz`.
    """

    expression: str
    roots: tuple[str, ...]
    beside: bytes | None
    needs_data: bool


def taught(study: Study, variant: Variant, recipe: Recipe, *, beside: str, in_data: bool) -> Taught:
    """What a script of a recipe that trains has to say of that.

    Args:
        study: Has the variant.
        variant: Which one.
        recipe: As it was made.
        beside: The name of the file beside the script.
        in_data: Whether the samples are in an `.npz` of the user's.

    Raises:
        StudyError: there are too many samples for a file beside.
    """
    record = study.index.dataset
    assert record is not None  # noqa: S101 (what is trained has data)
    dataset = Dataset(study.data_folder, record)
    answers = _answers(study, variant, record)
    places: dict[str, Indices] = {role: getattr(dataset.roles, role) for role in ORDER}
    places["evaluation"] = places["evaluation"][: len(answers)]
    found = hashlib.sha256()
    kept: dict[str, Any] = {}
    taken = np.concatenate([places[role] for role in ORDER])
    for at, rows in enumerate(_rows(study, record, len(taken), in_data=in_data)):
        for start in range(0, len(taken), AT_ONCE):
            found.update(np.ascontiguousarray(rows[taken[start : start + AT_ONCE]]).tobytes())
        if not in_data:
            kept[f"x{at}"] = rows[taken]
    labels = []
    for one in (dataset, *dataset.further()):
        if record.task in DISTILLED or record.task is Task.ANOMALY:
            break
        labels.append(_labels(study, one, kept, found, in_data=in_data))
    roots = [f"{TRAINING}:{name}" for name in ("Course", "Lessons", "Labels", "Known")]
    roots += [f"{ENGINE}.export.script.steps:Input", f"{ENGINE}.data.labels:Task"]
    inputs, used = inputs_of(record, study.data_folder)
    roots += used
    targets = inputs
    if record.task is Task.ANOMALY:
        targets, used = inputs_of(replace(record, scaling=record.target_scaling), study.data_folder)
        roots += used
    for _, used in labels:
        roots += used
    lessons = call(
        "Lessons",
        task=f"Task.{record.task.name}",
        output=plain(record.output),
        classes=plain(record.classes),
        threshold=plain(record.threshold),
        arrays=plain(tuple(names_of(record, at) for at in range(len(inputs))) if in_data else ()),
        inputs=together(inputs),
        targets=together(targets),
        places=_by_role({role: written_places(places[role]) for role in ORDER}),
        normal=_by_role(_normal(dataset, record)),
        labels=together(expression for expression, _ in labels),
        sha256=plain(found.hexdigest()),
        beside=plain(beside if kept else ""),
    )
    steps, given, used = _steps(recipe)
    known, compiled = _known(study.index.model.summary)
    expression = call(
        "Course",
        steps=together(steps),
        given=together(given),
        known=known,
        lessons=lessons,
        answers=numbers(answers) if answers else "()",
    )
    return Taught(expression, (*roots, *used, *compiled), _zipped(kept) if kept else None, in_data)


def _steps(recipe: Recipe) -> tuple[list[str], list[str], list[str]]:
    """Expressions of the steps and of what each is given; what they name of the engine."""
    steps, given, roots = [], [], []
    for step in recipe.training:
        kind = type(step)
        roots.append(f"{kind.__module__}:{kind.__name__}")
        parameters = {name: plain(_value(getattr(step, name))) for name in kind.model_fields}
        steps.append(call(kind.__name__, **parameters))
        names = []
        for one in sorted(recipe.given_before(step), key=lambda x: x.name):
            module, name = _home(one, recipe)
            roots.append(f"{module}:{name}")
            names.append(name)
        given.append(f"frozenset({{{', '.join(names)}}})" if names else "frozenset()")
    return steps, given, roots


def _value(value: object) -> object:
    """A parameter as plain Python: of an enumeration its value."""
    return getattr(value, "value", value)


def _home(one: Property, recipe: Recipe) -> tuple[str, str]:
    """The module and the name of a property."""
    import sys  # noqa: PLC0415

    modules = [properties, *(sys.modules[type(step).__module__] for step in recipe.training)]
    for module in modules:
        for name, value in vars(module).items():
            if value is one:
                return module.__name__, name
    raise StudyError(f"No script says what “{one.name}” is. `liteweigh run` makes the file again.")


def _known(summary: ModelSummary) -> tuple[str, tuple[str, ...]]:
    """What training asks of a model."""
    every = [summary.loss_of(at) for at in range(len(summary.outputs))]
    activations = summary.output_activations
    expression = call(
        "Known",
        macs=plain(summary.macs),
        loss=compiled_loss(summary.loss),
        losses=together(map(compiled_loss, every)),
        output_activations=plain(tuple(activations)),
    )
    named = summary.loss or any(every)
    return expression, (f"{ENGINE}.models.summary:CompiledLoss",) if named else ()


def _rows(study: Study, record: DatasetRecord, count: int, *, in_data: bool) -> list[Rows | Array]:
    """The raw samples of each input, which stay on disk.

    Raises:
        StudyError: so many are too large for a file beside the script.
    """
    rows = [open_rows(input_file(study.data_folder, at)) for at in range(len(record.inputs))]
    size = sum(np.asarray(one[:1]).nbytes for one in rows) * count
    if not in_data and size > MOST_BESIDE:
        raise StudyError(
            f"Training takes {size / 2**30:.1f} GiB of samples, which would have to lie beside the "
            f"script, since the data are {record.kind}. `liteweigh run` makes the file again."
        )
    return rows


def _labels(
    study: Study, dataset: Dataset, kept: dict[str, Any], found: Any, *, in_data: bool
) -> tuple[str, list[str]]:
    """An expression of the labels of an output; those that the user's file has not are kept."""
    record, y = dataset.record, dataset.y
    roots: list[str] = []
    roles = [role for role in LABELLED if dataset.labels(role) is not None]
    arrays = _label_names(study, record.output, y) if y is not None and in_data else ()
    apply = "None"
    if record.task is Task.REGRESSION and record.target_scaling != "none":
        apply = SCALINGS[record.target_scaling].apply.__name__
        roots.append(f"{SCALING}:{apply}")
    for role in roles:
        assert y is not None  # noqa: S101 (a role has labels)
        own = np.ascontiguousarray(y[getattr(dataset.roles, role)])
        found.update(own.tobytes())
        if not arrays:
            kept[f"y{record.output}_{role}"] = own
    shape, dtype = ((), "int64") if y is None else (y.shape[1:], str(y.dtype))
    expression = call(
        "Labels",
        output=plain(record.output),
        task=f"Task.{record.task.name}",
        shape=plain(tuple(shape)),
        dtype=plain(dtype),
        apply=apply,
        roles=plain(tuple(roles)),
        arrays=plain(arrays),
    )
    return expression, roots


def _label_names(study: Study, output: int, y: Array) -> tuple[str, ...]:
    """How the arrays of an output's labels may be called, see `data.sources.arrays`.

    Empty where training takes other labels than the user's file has, but for their type and shape.
    """
    own = study.index.model.summary.outputs[output].name
    suffixes = ("", *(f"_{name}" for name in ROLE_NAMES))
    with np.load(study.data_folder / SOURCE) as source:
        for output_name, bases in ((own, (f"y_{own}", own)), (UNNAMED, ("y",))):
            if f"{KEPT_LABELS}{output_name}" in source:
                raw = source[f"{KEPT_LABELS}{output_name}"]
                names = tuple(f"{base}{suffix}" for base in bases for suffix in suffixes)
                return names if _as_they_came(raw, y) else ()
    return ()


def _as_they_came(raw: Array, y: Array) -> bool:
    return (
        raw.dtype.kind in "biuf"
        and raw.size == y.size
        and len(raw) == len(y)
        and np.array_equal(raw.reshape(y.shape).astype(y.dtype), y)
    )


def _normal(dataset: Dataset, record: DatasetRecord) -> dict[str, str]:
    """By role the places among its samples of those that are no anomalies."""
    if record.task is not Task.ANOMALY:
        return {}
    chosen = {
        role: np.flatnonzero(np.isin(getattr(dataset.roles, role), dataset.normal(role)))
        for role in ORDER
    }
    return {role: plain(places_text(places)) for role, places in chosen.items()}


def _by_role(values: dict[str, str]) -> str:
    inner = "".join(f"    {plain(role)}: {_deeper(value)},\n" for role, value in values.items())
    return f"{{\n{inner}}}" if values else "{}"


def _deeper(text: str) -> str:
    return text.replace("\n", "\n    ")


def _answers(study: Study, variant: Variant, record: DatasetRecord) -> list[int]:
    """The classes that the file gives to the first evaluation samples; none where it gives none."""
    if record.head or not variant.predictions:
        return []
    classes = read_array(study.folder / variant.predictions, "classes")
    return [] if classes is None else [int(one) for one in classes[:COMPARED]]


def _zipped(arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()
