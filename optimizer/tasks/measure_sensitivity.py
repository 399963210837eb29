"""tasks/: measures how much each operator of the float file costs int8."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

from optimizer import working_time
from optimizer.data.data_options import Role
from optimizer.measure.sensitivity import OperatorNoise, Sensitivity
from optimizer.reporting import Report
from optimizer.tasks.judged import judged_by
from optimizer.tasks.make_variant import sources
from optimizer.tasks.operator_noise import (
    LOUD,
    Insides,
    Trial,
    Tried,
    all_int8,
    groups,
    only,
)
from optimizer.tasks.study_files import StudyFiles
from optimizer.techniques.scheme import FloatOperator, Scheme
from optimizer.workers.work import Work

SAMPLES = 32
"""Whose outputs are compared."""
STAGE = "Trying each operator"


@dataclass(frozen=True)
class MeasureSensitivity(Work[Sensitivity]):
    """Makes two files for each operator, with it alone in int8 and with it alone in float.

    Attributes:
        files: The study's model and data.
        key: What is kept with the result, see `Sensitivity`.
        calibration: At most how many calibration samples give the ranges.
        metric: Whether the metric is measured on the tuning role, too; it takes long.
    """

    needs_tensorflow: ClassVar[bool] = False

    files: StudyFiles
    key: str
    calibration: int
    metric: bool = False

    def run(self, report: Report) -> Sensitivity:
        """See `Work.run`.

        Raises:
            ConversionError: the quantizer refuses the model.
            MeasurementError: a file cannot be run.
        """
        from optimizer.techniques.converters.mixing import Mixer  # noqa: PLC0415 (workers only)

        began = working_time.now()
        role: Role = "tuning" if self.files.data.record.tuning else "calibration"
        samples = self.files.data.open().samples(role)
        inputs = samples.batch(0, min(SAMPLES, len(samples)))
        mixer = Mixer(sources(self.files, None, lambda *_: None))
        report("Calibrating", 0.0)
        mixer.calibrate(self.calibration)
        scratch = self.out / "tried.tflite"
        trial = Trial(mixer.content, inputs, samples.names, scratch)
        metric = _TuningMetric(self.files, scratch) if self.metric else None
        plain = all_int8(mixer.operators)
        floats = (Scheme.FLOAT,) * len(plain)
        whole = _tried(trial, metric, mixer.draft(plain))
        noises: dict[int, OperatorNoise] = {}
        every = groups(mixer.operators)
        for done, group in enumerate(every):
            report(STAGE, done / len(every))
            alone = _tried(trial, metric, mixer.draft(only(group, Scheme.INT8, floats)))
            left = _tried(trial, metric, mixer.draft(only(group, Scheme.FLOAT, plain)))
            for number in group:
                noises[number] = _noise(mixer.operators[number], alone, left)
        operators = tuple(
            noises.get(one.number) or _noise(one, None, None) for one in mixer.operators
        )
        report("Looking for causes", 1.0)
        return Sensitivity(
            key=self.key,
            samples=len(inputs[0]),
            role=role,
            calibration=min(self.calibration, self.files.data.record.calibration),
            int8_db=whole.db,
            int8_bytes=whole.size_bytes,
            metric=metric.name if metric else "",
            float_metric=metric(mixer.content) if metric else None,
            int8_metric=whole.metric,
            seconds=working_time.now() - began,
            operators=_explained(operators, Insides(mixer.content, inputs, samples.names)),
        )


class _Found(NamedTuple):
    """What was measured of a file."""

    db: float | None
    size_bytes: int
    metric: float | None


def _tried(trial: Trial, metric: "_TuningMetric | None", content: bytes) -> _Found:
    tried: Tried = trial.run(content)
    return _Found(trial.snr(tried), tried.size_bytes, metric(content) if metric else None)


class _TuningMetric:
    """The metric of a file on the tuning role.

    Attributes:
        name: Of the metric.
    """

    def __init__(self, files: StudyFiles, scratch: Path) -> None:
        self._files, self._scratch = files, scratch
        self._data = files.data.open()
        self._labels = self._data.labels("tuning")
        named = files.data.record.first_metric if self._labels is not None else None
        self.name = named or ""

    def __call__(self, content: bytes) -> float | None:
        """None without labels."""
        from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

        if self._labels is None or not self.name:
            return None
        self._scratch.write_bytes(content)
        outputs = predict(self._scratch, self._data.samples("tuning"))
        return judged_by(outputs, self._data, "tuning").evaluate(self.name, self._labels).value


def _noise(operator: FloatOperator, alone: _Found | None, left: _Found | None) -> OperatorNoise:
    return OperatorNoise(
        number=operator.number,
        name=operator.name,
        location=operator.location,
        macs=operator.macs,
        weight_bytes=operator.weight_bytes,
        measured=alone is not None,
        alone_db=alone.db if alone else None,
        left_db=left.db if left else None,
        alone_bytes=alone.size_bytes if alone else None,
        left_bytes=left.size_bytes if left else None,
        alone_metric=alone.metric if alone else None,
        left_metric=left.metric if left else None,
        choices=tuple(choice.value for choice in operator.choices),
        together=operator.together,
    )


def _explained(operators: Sequence[OperatorNoise], insides: Insides) -> tuple[OperatorNoise, ...]:
    """The loud ones with their causes."""
    total = sum(operator.noise for operator in operators)
    return tuple(
        replace(operator, causes=insides.causes(operator.number))
        if total and operator.noise >= LOUD * total
        else operator
        for operator in operators
    )
