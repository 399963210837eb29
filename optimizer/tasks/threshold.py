"""tasks/: above which an output says yes; told once, from the float model."""

from math import prod
from pathlib import Path

from optimizer.data.dataset import Dataset
from optimizer.data.evidence import OF_VALUES
from optimizer.data.labels import Task
from optimizer.data.position_labels import class_axis
from optimizer.measure.metrics.class_of_output import threshold
from optimizer.models.summary import ModelSummary

LOOKED_AT = 300  # samples
HALF = 0.5
KNOWN = {"sigmoid": HALF, "linear": 0.0}
"""By the activation that the output ends in."""


def threshold_of(
    dataset: Dataset, summary: ModelSummary, float_tflite: Path, scaling: str
) -> float | None:
    """See `DatasetRecord.threshold`. Workers only.

    Args:
        dataset: Its samples, as far as they are not evaluated, are asked where the model does not
            say what its output is.
        summary: Of the model.
        float_tflite: The model.
        scaling: Of the samples.
    """
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    if not _decides(dataset, summary):
        return None
    output = dataset.record.output
    end, loss = summary.activation_of(output), summary.loss_of(output)
    if end == "linear" and loss and loss.name in OF_VALUES:
        return HALF  # it was trained to give 0 and 1, and these are no logits
    if end in KNOWN:
        return KNOWN[end]
    asked = dataset.not_evaluated(LOOKED_AT)
    if not len(asked):
        asked = dataset.roles.evaluation[:LOOKED_AT]
    outputs = predict(float_tflite, dataset.samples_at(asked, scaling))
    return threshold(outputs[dataset.record.output])


def _decides(dataset: Dataset, summary: ModelSummary) -> bool:
    """Whether each value of the output says yes or no by itself."""
    record, y = dataset.record, dataset.y
    shape = tuple(size or 1 for size in summary.outputs[record.output].shape[1:])
    if record.task is Task.PER_POSITION and y is not None:
        return class_axis((len(y), *shape), y.shape) is None
    return record.task is Task.MULTI_LABEL or (
        record.task is Task.CLASSIFICATION and prod(shape) == 1
    )
