"""tasks/: has every variant of a study answer for one sample."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from optimizer.arrays import Array, Float32s, Int64s
from optimizer.data.boxes.box_labels import are_boxes
from optimizer.data.labels import Task
from optimizer.data.position_labels import UNJUDGED
from optimizer.errors import DataError, MeasurementError
from optimizer.measure.detection.detections import SURE, above
from optimizer.measure.metrics.positions import predicted_positions
from optimizer.measure.probabilities import decidable
from optimizer.measure.reconstruction import reconstruction_errors
from optimizer.models.summary import ModelSummary
from optimizer.reporting import Report
from optimizer.tasks.judged_output import judged_output
from optimizer.tasks.sample_question import Answer, Input, Positions, Question, Reply, Sample
from optimizer.tasks.study_files import StudyData
from optimizer.workers.work import Work

MOST_VALUES = 32_768  # of an output
FIRST_VALUES = 24  # of an input


@dataclass(frozen=True)
class RunSample(Work[Reply]):
    """Puts one sample to every file.

    Attributes:
        question: Which sample.
        data: The study's data.
        summary: The study's model.
        files: Recipes and their `.tflite`, the baseline first.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    question: Question
    data: StudyData
    summary: ModelSummary
    files: tuple[tuple[str, Path], ...]

    def run(self, report: Report) -> Reply:
        """See `Work.run`.

        Raises:
            DataError: a sample given by hand cannot be read, or does not fit the model; or there
                is none at the position that was asked for.
        """
        from optimizer.tasks.given_sample import read_given  # noqa: PLC0415 (workers only)
        from optimizer.tasks.sample_picture import draw  # noqa: PLC0415

        report("Reading the sample", 0.0)
        notes: tuple[str, ...] = ()
        if self.question.position is None:
            dataset, notes = read_given(self.question, self.data, self.summary, self.out, report)
            position, labels = 0, None
        else:
            dataset = self.data.open()
            position, labels = self.question.position, dataset.labels("evaluation")
            _check_position(position, len(dataset.roles.evaluation))
        samples = dataset.samples("evaluation")
        arrays = samples.batch(position, position + 1)
        raw = dataset.x[int(dataset.roles.evaluation[position])]
        label = None if labels is None else np.asarray(labels[position])
        shape = _positions_shape(self.data)
        data = self.data.open()
        if label is not None and self.data.record.head:
            label = label[are_boxes(label)]
        sample = Sample(
            picture=draw(np.asarray(raw), dataset.record),
            inputs=tuple(
                Input(name, array.shape[1:], _flat(array, FIRST_VALUES))
                for name, array in zip(samples.names, arrays, strict=True)
            ),
            label=_told(label, shape),
            notes=notes,
        )
        wanted = None
        if self.data.record.task is Task.ANOMALY:
            at = dataset.roles.evaluation[position : position + 1]
            wanted = dataset.samples_at(at, self.data.record.target_scaling)
        answers: list[Answer] = []
        expected: Int64s | None = None
        for done, (recipe, file) in enumerate(self.files):
            report(f"Asking {recipe}", done / len(self.files))
            answer, outputs = _answer(recipe, file, arrays, samples.names, self.data.record.output)
            values = None if outputs is None else outputs[self.data.record.output]
            if outputs is not None and self.data.record.head:
                boxes = above(judged_output(outputs, data)[0], SURE)
                answer = replace(answer, values=_flat(boxes, MOST_VALUES), count=len(boxes))
            elif values is not None and shape:
                sure = decidable(np.asarray(values), self.data.record.threshold)
                said = predicted_positions(sure, (1, *shape))
                expected = said if expected is None else expected
                answer = replace(answer, positions=_positions(said, expected, label))
            if values is not None and wanted is not None:
                error = reconstruction_errors(
                    np.asarray(values, np.float32), wanted, str(self.data.record.reconstruction)
                )
                answer = replace(answer, error_of_rebuilding=float(error[0]))
            answers.append(answer)
        return Reply(sample, tuple(answers))


def _check_position(position: int, count: int) -> None:
    if not 0 <= position < count:
        raise DataError(
            f"There are {count:,} evaluation samples. Choose one from 0 to {count - 1:,}."
        )


def _positions_shape(data: StudyData) -> tuple[int, ...]:
    """Of one sample, where its positions are classified; else empty."""
    y = data.open().y
    return y.shape[1:] if data.record.task is Task.PER_POSITION and y is not None else ()


def _told(label: Int64s | None, positions: tuple[int, ...]) -> tuple[float, ...] | None:
    if label is None:
        return None
    return _flat(np.bincount(label[label >= 0]) if positions else label, MOST_VALUES)


def _positions(said: Int64s, expected: Int64s, label: Int64s | None) -> Positions:
    judged = label is not None and label != UNJUDGED
    return Positions(
        counts=tuple(np.bincount(said[said >= 0]).tolist()),
        right=None if label is None else int(np.sum((said[0] == label) & judged)),
        judged=int(np.sum(judged)),
        apart=int(np.sum(said != expected)),
    )


def _answer(
    recipe: str, file: Path, arrays: Sequence[Array], names: Sequence[str], output: int
) -> tuple[Answer, list[Float32s] | None]:
    """What a file answers, and all its outputs; None where it could not be run."""
    from optimizer.tflite.runner import Runner  # noqa: PLC0415 (workers only)

    try:
        runner = Runner(file, arrays, names)
        outputs = runner.run(runner.prepare(arrays))
    except MeasurementError as error:
        return Answer(recipe, (), 0, str(error)), None
    values = outputs[output]
    return Answer(recipe, _flat(values, MOST_VALUES), values.size), outputs


def _flat(values: Array, most: int) -> tuple[float, ...]:
    return tuple(float(value) for value in np.asarray(values, np.float64).ravel()[:most])
