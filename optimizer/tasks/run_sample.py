"""tasks/: has every variant of a study answer for one sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from optimizer.arrays import Array
from optimizer.errors import DataError, MeasurementError
from optimizer.models.summary import ModelSummary
from optimizer.reporting import Report
from optimizer.tasks.sample_question import Answer, Input, Question, Reply, Sample
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
        sample = Sample(
            picture=draw(np.asarray(raw), dataset.record),
            inputs=tuple(
                Input(name, array.shape[1:], _flat(array, FIRST_VALUES))
                for name, array in zip(samples.names, arrays, strict=True)
            ),
            label=None if labels is None else _flat(np.asarray(labels[position]), MOST_VALUES),
            notes=notes,
        )
        answers = []
        for done, (recipe, file) in enumerate(self.files):
            report(f"Asking {recipe}", done / len(self.files))
            answers.append(_answer(recipe, file, arrays, samples.names, self.data.record.output))
        return Reply(sample, tuple(answers))


def _check_position(position: int, count: int) -> None:
    if not 0 <= position < count:
        raise DataError(
            f"There are {count:,} evaluation samples. Choose one from 0 to {count - 1:,}."
        )


def _answer(
    recipe: str, file: Path, arrays: Sequence[Array], names: Sequence[str], output: int
) -> Answer:
    from optimizer.tflite.runner import Runner  # noqa: PLC0415 (workers only)

    try:
        runner = Runner(file, arrays, names)
        values = runner.run(runner.prepare(arrays))[output]
    except MeasurementError as error:
        return Answer(recipe, (), 0, str(error))
    return Answer(recipe, _flat(values, MOST_VALUES), values.size)


def _flat(values: Array, most: int) -> tuple[float, ...]:
    return tuple(float(value) for value in np.asarray(values, np.float64).ravel()[:most])
