"""export/script/: what a script of a recipe that trains does. `carry` takes this into the script.

How each step trains is the engine's own `techniques.training.take_step`.
"""

import hashlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.arrays import Array, Indices
from optimizer.data.labels import Task
from optimizer.export.script.places import read_places
from optimizer.export.script.steps import (
    Input,
    Plan,
    Taken,
    beside_script,
    joined,
    refuse_another,
    sources_from,
    tell_digest,
    tell_versions,
)
from optimizer.measure.metrics.class_of_output import predicted_classes
from optimizer.measure.probabilities import decidable
from optimizer.models.export_saved_model import export_keras
from optimizer.models.summary import CompiledLoss
from optimizer.techniques.properties import Property
from optimizer.techniques.training.layer_support import fits_for
from optimizer.techniques.training.take_step import AtHand, as_left, clear, rebuild, take_step
from optimizer.techniques.training_step import TrainingTime
from optimizer.tflite.runner import Runner

ORDER = ("training", "calibration", "tuning", "evaluation")


@dataclass(frozen=True)
class Labels:
    """The labels of one output.

    Attributes:
        output: Its position.
        task: What they are for.
        shape, dtype: Of one sample's, as training takes them.
        apply: Scales them; None: they are taken as they are.
        roles: Which roles have some.
        arrays: How their arrays may be called in the `.npz`; empty where a file beside has them.
    """

    output: int
    task: Task
    shape: tuple[int, ...]
    dtype: str
    apply: Callable[[Array], Array] | None
    roles: tuple[str, ...]
    arrays: tuple[str, ...]


@dataclass(frozen=True)
class Lessons:
    """What is learnt from, and how the file is judged in the end.

    Attributes:
        task, output, classes, threshold: Of the data, see `DatasetRecord`.
        arrays: For each input how its arrays may be called in the `.npz`; empty where they lie
            beside the script.
        inputs: For each input how raw values become the model's.
        targets: The same where inputs are what the model should say.
        places: By role which samples, counted from 0 over the arrays.
        normal: By role which of its samples are no anomalies; empty where all are taken.
        labels: Of each output that has some, that of `output` first.
        sha256: Of the raw values, role after role and input after input, then of the labels.
        beside: The file beside the script; empty where there is none.
    """

    task: Task
    output: int
    classes: int | None
    threshold: float | None
    arrays: tuple[tuple[str, ...], ...]
    inputs: tuple[Input, ...]
    targets: tuple[Input, ...]
    places: dict[str, str]
    normal: dict[str, str]
    labels: tuple[Labels, ...]
    sha256: str
    beside: str

    @property
    def further(self) -> tuple[Labels, ...]:
        """See `DatasetRecord.further`."""
        return tuple(one for one in self.labels if one.output != self.output)

    @property
    def target_scaling(self) -> str:
        """See `DatasetRecord.target_scaling`."""
        return "targets"

    @property
    def calibration(self) -> int:
        """Samples in this role."""
        return len(read_places(self.places["calibration"]))


@dataclass(frozen=True)
class Known:
    """What training asks of a model, see `ModelSummary`.

    Attributes:
        macs: Multiply-accumulate operations of the float file.
        loss: What it was compiled with.
        losses: The same of each output.
        output_activations: What each output ends in.
    """

    macs: int | None
    loss: CompiledLoss | None
    losses: tuple[CompiledLoss | None, ...]
    output_activations: tuple[str, ...]

    def loss_of(self, output: int) -> CompiledLoss | None:
        """What an output was compiled with."""
        return self.losses[output]


@dataclass(frozen=True)
class Course:
    """How the model is trained.

    Attributes:
        steps: One after the other.
        given: What the steps before each gave the model.
        known: What is known of the model.
        lessons: What is learnt from.
        answers: The class that the study's file gives to each sample of the evaluation role here;
            empty where it gives none.
    """

    steps: tuple[TrainingTime, ...]
    given: tuple[frozenset[Property], ...]
    known: Known
    lessons: Lessons
    answers: tuple[int, ...]


class Learnt:
    """The samples of a study's data that a script takes, as `data.dataset.Dataset` gives them.

    Attributes:
        record: What is known of them.
    """

    def __init__(self, record: Lessons, data: Path | None) -> None:
        """Reads them.

        Raises:
            SystemExit: they are not in the data.
        """
        self.record = record
        beside = np.load(beside_script(record.beside)) if record.beside else {}
        given = np.load(data) if data else {}
        wanted = {role: read_places(record.places[role]) for role in ORDER}
        self._start, start = {}, 0
        for role in ORDER:
            self._start[role] = start
            start += len(wanted[role])
        taken = np.concatenate([wanted[role] for role in ORDER])
        found = hashlib.sha256()
        rows = []
        for at in range(len(record.inputs)):
            own = joined(given, record.arrays[at], taken) if record.arrays else beside[f"x{at}"]
            rows.append(own)
            found.update(np.ascontiguousarray(own).tobytes())
        self._counts = {role: len(wanted[role]) for role in ORDER}
        self._rows = tuple(rows)
        self._labels: dict[tuple[int, str], Array] = {}
        for one in record.labels:
            for role in one.roles:
                own = (
                    joined(given, one.arrays, wanted[role])
                    if one.arrays
                    else beside[f"y{one.output}_{role}"]
                )
                own = np.ascontiguousarray(own.reshape((-1, *one.shape)).astype(one.dtype))
                found.update(own.tobytes())
                self._labels[one.output, role] = one.apply(own) if one.apply else own
        if found.hexdigest() != record.sha256:
            raise SystemExit(
                "These are not the data of the study: the samples that training takes are others. "
                "Give the file that the study was made of."
            )

    def samples(self, role: str) -> Taken:
        """The inputs of a role."""
        start = self._start[role]
        return self.samples_at(np.arange(start, start + self._counts[role]))

    def samples_at(self, places: Indices, scaling: str | None = None) -> Taken:
        """Inputs, or what they should be rebuilt as."""
        inputs = self.record.inputs if scaling is None else self.record.targets
        return Taken(inputs, tuple(rows[places] for rows in self._rows))

    def normal(self, role: str) -> Indices:
        """The samples of a role that are no anomalies."""
        own = np.arange(self._counts[role])
        chosen = read_places(self.record.normal[role]) if self.record.normal else own
        return self._start[role] + chosen

    def labels(self, role: str) -> Array | None:
        """The labels of a role; None where it has none."""
        return self._labels.get((self.record.output, role))

    def further(self) -> "tuple[FurtherLearnt, ...]":
        """The labels of each further output."""
        return tuple(FurtherLearnt(one, self._labels) for one in self.record.further)


@dataclass(frozen=True)
class FurtherLearnt:
    """The labels of a further output."""

    record: Labels
    kept: dict[tuple[int, str], Array]

    def labels(self, role: str) -> Array | None:
        """The labels of a role; None where it has none."""
        return self.kept.get((self.record.output, role))


def train_and_make(
    model: Path,
    data: Path | None,
    plan: Plan,
    course: Course,
    maker: Callable[..., bytes],
    arguments: dict[str, Any],
) -> Path:
    """Trains, writes the file into the current folder, and says how near it is to the study's.

    Args:
        model: The model's file, as it was given to the study.
        data: The data, likewise; None where all that is needed lies beside the script.
        plan: What is made of them.
        course: How the model is trained.
        maker: Makes the content of the file from `Sources`.
        arguments: What else it is told.
    """
    tell_versions(plan.versions)
    refuse_another(model, plan)
    learnt = Learnt(course.lessons, data)
    with tempfile.TemporaryDirectory() as work:
        saved_model = _trained(model, plan, course, learnt, Path(work))
        calibration = learnt.samples("calibration")
        sources = sources_from(saved_model, plan, calibration or None, Path(work))
        content = maker(sources, **arguments)
        unpacked = Path(work, "unpacked.tflite")
        unpacked.write_bytes(content)
        if plan.pack:
            content = plan.pack(content)
        nearness = _nearness(unpacked, course, learnt)
    target = Path(plan.file)
    target.write_bytes(content)
    _tell(content, plan, nearness)
    return target


def _tell(content: bytes, plan: Plan, nearness: str) -> None:
    """Says whether a trained file is the one that the study has, and else how near it is."""
    if hashlib.sha256(content).hexdigest() == plan.sha256:
        tell_digest(content, plan)
        return
    sys.stdout.write(
        f"{plan.file}: {len(content):,} bytes, trained again: another file than the study has, "
        f"which was made on {plan.made_on}. Threads add numbers up in another order each time, "
        "and other CPUs and versions round otherwise; in training that grows. "
        f"{nearness or 'How near it is, nothing here can tell.'} Measure it before it ships.\n"
    )


def _trained(model: Path, plan: Plan, course: Course, learnt: Any, work: Path) -> Path:
    """The trained model as the converter takes it."""
    clear()
    assert plan.layers is not None  # noqa: S101 (what trains has layers)
    came, frozen = rebuild(plan.layers(model, plan, work))
    kinds = tuple(type(step) for step in course.steps)
    fits = fits_for(came, kinds, frozen)
    known: Any = course.known
    at_hand = AtHand(came, learnt, known, fits, kinds)
    structures: list[tuple[type[TrainingTime], str]] = []
    weights, last = None, None
    for number, (step, given) in enumerate(zip(course.steps, course.given, strict=True)):
        folder = work / f"step-{number}"
        folder.mkdir()
        before = as_left(came, structures, weights)
        report = _Progress()
        taken = take_step(step, before, given, at_hand, folder, report, changed=bool(structures))
        if taken.prepared.change:
            structures.append((type(step), taken.prepared.change))
        last = taken
        weights = taken.finished.get_weights()
    assert last is not None  # noqa: S101 (a course has steps)
    finished = as_left(came, structures, weights) if last.prepared.plain else last.finished
    saved_model = work / "saved_model"
    export_keras(finished, plan.inputs, saved_model, one_sample=plan.one_sample)
    return saved_model


class _Progress:
    """Says each epoch once."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, what: str, _share: float) -> None:
        """See `reporting.Report`."""
        line = what.partition(", step")[0]
        if line != self._said:
            sys.stderr.write(f"{line}\n")
        self._said = line


def _nearness(file: Path, course: Course, learnt: Learnt) -> str:
    """How many samples get the class that the study's file gives them, in a sentence."""
    if not course.answers:
        return ""
    samples = learnt.samples("evaluation")
    runner = Runner(file, samples.batch(0, 1), samples.names)
    outputs = [
        runner.run(runner.prepare(samples.batch(at, at + 1)))[learnt.record.output]
        for at in range(len(course.answers))
    ]
    decided = decidable(np.concatenate(outputs), learnt.record.threshold)
    same = np.count_nonzero(predicted_classes(decided) == np.array(course.answers))
    return (
        f"It gives {same:,} of {len(course.answers):,} evaluation samples the class that the "
        "study's file gives them."
    )
