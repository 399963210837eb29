"""tasks/: what a kit needs of a file: how it is fed and read, its operators, and test vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from optimizer.arrays import Array, Float32s, Indices
from optimizer.data.dataset import Dataset, DatasetRecord, ScaledSamples
from optimizer.data.labels import Task
from optimizer.reporting import Report
from optimizer.tasks.study_files import StudyData
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.tflite.runner import Port, Runner

VECTORS = "vectors.npz"
"""In `out`: of vector v and input or output i the arrays raw-v-i, fed-v-i, stored-v-i, real-v-i."""
COUNT = 3
LOOKED_AT = 64
"""Evaluation samples among which vectors with different answers are looked for."""


@dataclass(frozen=True)
class KitTensor:
    """An input or output of the file, in the model's order.

    Attributes:
        name: In the file's signature, or its tensor's.
        place: Among the inputs or outputs of the file.
        tensor: Its index in the file.
        shape: With a batch of one.
        dtype: NumPy's name of what is stored.
        scale, zero_point: What a stored value stands for; a scale of 0: for itself.
    """

    name: str
    place: int
    tensor: int
    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int


@dataclass(frozen=True)
class KitAnswer:
    """What the study's own code reads from an output of one sample.

    Attributes:
        output: Its position.
        classes: Of a classification the class; of labels those that are said yes to; of positions
            how many are of each class; of anomalies 1 for one; else empty.
        score: Of a classification the output of the class; of anomalies the error; else None.
    """

    output: int
    classes: tuple[int, ...]
    score: float | None


@dataclass(frozen=True)
class KitVector:
    """One sample and what comes out of it; its arrays are in `VECTORS`.

    Attributes:
        sample: Its position in the evaluation role.
        answers: One for each output that is judged, the headline's first.
    """

    sample: int
    answers: tuple[KitAnswer, ...]


@dataclass(frozen=True)
class KitMicro:
    """What TFLite Micro did with the file; its outputs are in `VECTORS` too, as micro-v-i.

    Attributes:
        version: Of TFLite Micro's package.
        arena_bytes: The smallest arena with which it ran here; None where it did not run.
        head_bytes: Of that, what activations take and share.
        reason: Why it did not run, in a sentence; else None.
    """

    version: str
    arena_bytes: int | None
    head_bytes: int | None
    reason: str | None


@dataclass(frozen=True)
class KitFacts:
    """What is known of a file once it was opened and run.

    Attributes:
        inputs, outputs: In the model's order.
        operators: Each kind that any of its graphs has, sorted.
        thresholds: For each output that is judged, above which value it says yes; None where it
            does not decide so.
        class_axes: For each output that is judged, of positions the dimension that has the classes,
            the batch counted; None where one value decides, and of other tasks.
        whole_numbers: Whether integers are computed with inside, whose rounding differs a little
            from one CPU to another.
        vectors: Test vectors.
        micro: None where it was not asked for, and where TFLite Micro is not installed.
    """

    inputs: tuple[KitTensor, ...]
    outputs: tuple[KitTensor, ...]
    operators: tuple[str, ...]
    thresholds: tuple[float | None, ...]
    class_axes: tuple[int | None, ...]
    whole_numbers: bool
    vectors: tuple[KitVector, ...]
    micro: KitMicro | None


@dataclass(frozen=True)
class GatherKit(Work[KitFacts]):
    """Opens a variant's file, and runs some evaluation samples through it.

    Attributes:
        file: The variant's `.tflite`, or what it was packed of, which runs here.
        data: The study's data.
        activations: Bytes that activations take, as far as the file tells.
        in_micro: Whether the vectors run in TFLite Micro too, where it is installed.
        packed: What is shipped in the place of `file`, and runs in TFLite Micro; else None.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    file: Path
    data: StudyData
    activations: int
    in_micro: bool = False
    packed: Path | None = None

    def run(self, report: Report) -> KitFacts:
        """See `Work.run`.

        Raises:
            MeasurementError: the file is damaged, or cannot be run.
        """
        from optimizer.tflite.flatbuffer import open_flatbuffer, whole  # noqa: PLC0415 (workers only)
        from optimizer.tflite.runner import Runner  # noqa: PLC0415

        report("Running test vectors", 0.0)
        file = open_flatbuffer(self.file)
        shipped = open_flatbuffer(self.packed) if self.packed else file
        with whole(file.name):
            operators = tuple(sorted({use.name for use in shipped.uses}))
            integers = any(t.dtype in {"INT8", "UINT8", "INT16"} for t in file.graphs[0].tensors)
        dataset = self.data.open()
        samples = dataset.samples("evaluation")
        runner = Runner(self.file, samples.batch(0, 1), samples.names)
        readers = _readers(dataset)
        first = [_run(runner, samples, at) for at in range(min(LOOKED_AT, len(samples)))]
        for reader in readers:
            reader.decide([outputs[reader.record.output] for _, outputs, _ in first])
        answers = [
            tuple(reader.answer(outputs, dataset, at) for reader in readers)
            for at, (_, outputs, _) in enumerate(first)
        ]
        chosen = _different([tuple(one.classes for one in each) for each in answers])
        arrays: dict[str, Array] = {}
        for number, at in enumerate(chosen):
            fed, real, stored = first[at]
            parts: dict[str, Sequence[Array]] = {
                "raw": _raw(samples, at), "fed": fed, "stored": stored, "real": real
            }  # fmt: skip
            for kind, each in parts.items():
                arrays |= {f"{kind}-{number}-{place}": one for place, one in enumerate(each)}
        inputs, outputs = runner.ports()
        micro = None
        if self.in_micro:
            report("Running them in TFLite Micro", 0.5)
            micro, given = self._micro([first[at][0] for at in chosen], inputs, outputs)
            arrays |= given
        np.savez(self.out / VECTORS, **cast(dict[str, Any], arrays))  # to the type checker
        names = file.signature_names
        tensors = file.graphs[0].tensors
        return KitFacts(
            inputs=_tensors(inputs, first[0][0], names, tensors),
            outputs=_tensors(outputs, first[0][2], names, tensors),
            operators=operators,
            thresholds=tuple(reader.threshold for reader in readers),
            class_axes=tuple(reader.class_axis for reader in readers),
            whole_numbers=integers,
            vectors=tuple(KitVector(at, answers[at]) for at in chosen),
            micro=micro,
        )

    def _micro(
        self, fed: Sequence[Sequence[Array]], inputs: Sequence["Port"], outputs: Sequence["Port"]
    ) -> tuple[KitMicro | None, dict[str, Array]]:
        """What TFLite Micro makes of the vectors, and its outputs by their names in `VECTORS`."""
        from optimizer.measure.micro import micro_version, run_in_micro  # noqa: PLC0415

        if micro_version() is None:
            return None, {}
        order = sorted(range(len(inputs)), key=lambda at: inputs[at].place)
        samples = [[one[at] for at in order] for one in fed]
        ran = run_in_micro(self.packed or self.file, samples, len(outputs), self.activations)
        arrays = {
            f"micro-{number}-{at}": given[port.place]
            for number, given in enumerate(ran.outputs)
            for at, port in enumerate(outputs)
        }
        return KitMicro(ran.version, ran.arena_bytes, ran.head_bytes, ran.reason), arrays


Ran = tuple[list[Array], list[Float32s], list[Array]]
"""What was fed, the outputs, and the outputs as the file has them; each in the model's order."""


def _run(runner: "Runner", samples: ScaledSamples, at: int) -> Ran:
    prepared = runner.prepare(samples.batch(at, at + 1))
    outputs = runner.run(prepared)
    stored = runner.stored()
    fed = [prepared[port.place] for port in runner.ports()[0]]
    return fed, outputs, stored


def _raw(samples: ScaledSamples, at: int) -> list[Array]:
    """A sample as it came, in the shape in which the model takes it."""
    index = samples.indices[at : at + 1]
    return [np.asarray(one.rows[index]).reshape((1, *one.record.shape)) for one in samples.inputs]


def _tensors(
    ports: Sequence["Port"], arrays: Sequence[Array], names: dict[int, str], tensors: Sequence[Any]
) -> tuple[KitTensor, ...]:
    return tuple(
        KitTensor(
            name=names.get(port.tensor) or tensors[port.tensor].name,
            place=port.place,
            tensor=port.tensor,
            shape=array.shape,
            dtype=port.dtype,
            scale=port.scale,
            zero_point=port.zero_point,
        )
        for port, array in zip(ports, arrays, strict=True)
    )


def _different(answers: Sequence[object]) -> list[int]:
    """The places of the first answers that differ, filled up with the first that do not."""
    seen: set[object] = set()
    new: list[int] = []
    again: list[int] = []
    for place, answer in enumerate(answers):
        (again if answer in seen else new).append(place)
        seen.add(answer)
    return sorted((new + again)[:COUNT])


class _Reader:
    """Reads one output as the study does.

    Attributes:
        record: The dataset's, with this output in the place of the headline's.
        threshold, class_axis: See `KitFacts`; None until `decide`.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.record: DatasetRecord = dataset.record
        self.threshold: float | None = None
        self.class_axis: int | None = None
        self._positions = () if dataset.y is None else dataset.y.shape[1:]

    def decide(self, outputs: Sequence[Float32s]) -> None:
        """Settles above which value the output says yes, if it decides so at all."""
        from optimizer.data.position_labels import class_axis  # noqa: PLC0415 (workers only)
        from optimizer.measure.metrics.class_of_output import threshold  # noqa: PLC0415

        task, each = self.record.task, np.concatenate(outputs)
        if task is Task.PER_POSITION:
            self.class_axis = class_axis(each.shape, (len(each), *self._positions))
        one_value = (task is Task.CLASSIFICATION and each[0].size == 1) or (
            task is Task.PER_POSITION and self.class_axis is None
        )
        if one_value or task in {Task.MULTI_LABEL, Task.ANOMALY}:
            given = self.record.threshold
            self.threshold = threshold(each) if given is None else given

    def answer(self, outputs: Sequence[Float32s], dataset: Dataset, at: int) -> KitAnswer:
        """What the study's own code makes of one sample's outputs."""
        from optimizer.measure.metrics import predicted_classes  # noqa: PLC0415 (SciPy)
        from optimizer.measure.metrics.positions import predicted_positions  # noqa: PLC0415
        from optimizer.measure.probabilities import decidable  # noqa: PLC0415

        record, values = self.record, outputs[self.record.output]
        sure = decidable(values, record.threshold if record.task is not Task.ANOMALY else None)
        classes: tuple[int, ...] = ()
        score: float | None = None
        if record.task is Task.CLASSIFICATION:
            [found] = predicted_classes(sure)
            flat = values.ravel()
            classes = (int(found),)
            score = float(flat[found] if len(flat) > 1 else flat[0])
        elif record.task is Task.MULTI_LABEL and self.threshold is not None:
            classes = tuple(np.flatnonzero(values.ravel() > self.threshold).tolist())
        elif record.task is Task.PER_POSITION:
            said = predicted_positions(sure, (1, *self._positions))
            classes = tuple(np.bincount(said[said >= 0], minlength=record.classes or 0).tolist())
        elif record.task is Task.ANOMALY and self.threshold is not None:
            score = _error(values, dataset, at)
            classes = (int(score > self.threshold),)
        return KitAnswer(record.output, classes, score)


def _error(values: Float32s, dataset: Dataset, at: int) -> float:
    """Of an anomaly detector: how far one sample was from what it should be rebuilt as."""
    from optimizer.measure.reconstruction import reconstruction_errors  # noqa: PLC0415

    place: Indices = dataset.roles.evaluation[at : at + 1]
    wanted = dataset.samples_at(place, dataset.record.target_scaling)
    [error] = reconstruction_errors(values, wanted, str(dataset.record.reconstruction))
    return float(error)


def _readers(dataset: Dataset) -> list[_Reader]:
    """One for each output that is judged, the headline's first."""
    return [_Reader(dataset), *(_Reader(other) for other in dataset.further())]
