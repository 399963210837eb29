"""tasks/: what metrics look at: what outputs decide, or how badly they rebuild an input."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s
from optimizer.data.data_options import Role
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import METRICS, Scores, evaluate, evaluate_resampled, scores_of
from optimizer.measure.probabilities import decidable
from optimizer.measure.reconstruction import alarms, reconstruction_errors
from optimizer.tasks.judged_output import judged_output


@dataclass(frozen=True)
class Judged:
    """The output that labels are for, of some samples.

    Attributes:
        decided: What metrics judge, (n, …): outputs that say yes above a half where each decides.
        errors: Of anomalies the error of reconstruction of each sample, (n,); else None.
        naive: Of forecasts what the naive one is off by, for each target; else empty.
    """

    decided: Float32s
    errors: Float64s | None = None
    naive: tuple[float, ...] = ()

    def evaluate(self, metric: str, labels: Array) -> Metric:
        """See `measure.metrics.evaluate`."""
        return evaluate(metric, *self._for(metric, labels))

    def evaluate_resampled(self, metric: str, labels: Array) -> tuple[Metric, Float64s | None]:
        """See `measure.metrics.evaluate_resampled`."""
        return evaluate_resampled(metric, *self._for(metric, labels))

    def scores(self, metric: str, labels: Array) -> Scores | None:
        """See `measure.metrics.scores_of`; None for a metric of all samples together."""
        if METRICS[metric].score is None:
            return None
        return scores_of(metric, *self._for(metric, labels))

    def _for(self, metric: str, labels: Array) -> tuple[Float32s, Array]:
        """Outputs and labels as the metric takes them."""
        if self.errors is not None and METRICS[metric].of_errors:
            return np.asarray(self.errors, np.float32), labels
        if METRICS[metric].of_scaled:
            return self._scaled(self.decided), self._scaled(labels)
        return self.decided, labels

    def _scaled(self, values: Array) -> Float32s:
        """In errors of the naive forecast; NaN where that is never off."""
        scale = np.array(self.naive or (np.nan,), np.float64)
        wide = values.reshape(len(values), -1, len(scale))
        return np.asarray(wide / np.where(scale > 0, scale, np.nan), np.float32)


def judged_by(outputs: Sequence[Float32s], dataset: Dataset, role: Role) -> Judged:
    """What there is to judge of what a model gives for the samples of a role.

    Args:
        outputs: All outputs of the model, (n, …) each.
        dataset: Its record says what they mean.
        role: Whose samples these are.

    Raises:
        MeasurementError: the outputs cannot be read as a detector's, or none has the size of the
            input that should be rebuilt.
    """
    record = dataset.record
    if record.task is Task.ANOMALY:
        return judged_alone(outputs[record.output], dataset, role)
    return Judged(judged_output(outputs, dataset), naive=record.naive_errors)


def judged_alone(output: Float32s, dataset: Dataset, role: Role) -> Judged:
    """The same of the output that labels are for; of detectors of the boxes that were read."""
    record = dataset.record
    if record.task is Task.ANOMALY:
        errors = errors_of(output, dataset, role)
        return Judged(alarms(errors, float(record.threshold or 0.0)), errors)
    judged = output if record.head else decidable(output, record.threshold)
    return Judged(judged, naive=record.naive_errors)


def errors_of(output: Float32s, dataset: Dataset, role: Role) -> Float64s:
    """The error of reconstruction of each sample of a role, (n,)."""
    record = dataset.record
    wanted = dataset.samples(role, record.target_scaling)
    return reconstruction_errors(output, wanted, str(record.reconstruction))
