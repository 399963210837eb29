"""export/kits/: what an output means: a class, labels, a class a position, values, an anomaly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.data.anomaly_labels import rebuilt_input
from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import Task
from optimizer.export.kits.inputs import Steps
from optimizer.tasks.gather_kit import KitTensor

KINDS = {
    Task.CLASSIFICATION: "class",
    Task.MULTI_LABEL: "labels",
    Task.PER_POSITION: "positions",
    Task.REGRESSION: "values",
    Task.FORECAST: "values",
    Task.ANOMALY: "anomaly",
}
"""Of each task how its output is read. Others' are given as they are: "raw"."""


@dataclass(frozen=True)
class Reading:
    """How an output is read.

    Attributes:
        output: Its position.
        kind: One of `KINDS`, or "raw".
        labels: Names of the classes, in the order of the output; empty where there are none.
        threshold: Above which a value says yes; None where none decides.
        class_axis: Of "positions": the dimension of the output, the batch counted, that has the
            classes; None where one value decides at each position.
        error: Of "anomaly": "mse" or "mae", between the output and the input `rebuilds`.
        rebuilds: Of "anomaly": the input's position; else None.
        target: Of "anomaly": how that input's raw values become what it should be rebuilt as; None:
            they are it.
    """

    output: int
    kind: str
    labels: tuple[str, ...] = ()
    threshold: float | None = None
    class_axis: int | None = None
    error: str | None = None
    rebuilds: int | None = None
    target: Steps | None = None

    def document(self) -> dict[str, Any]:
        """In `model.json`."""
        return {
            "output": self.output,
            "kind": self.kind,
            "labels": list(self.labels),
            "threshold": self.threshold,
            "class_axis": self.class_axis,
            "error": self.error,
            "rebuilds": self.rebuilds,
            "target": self.target.document() if self.target else None,
        }


def reading_of(
    record: DatasetRecord,
    outputs: Sequence[KitTensor],
    threshold: float | None,
    axis: int | None,
    target: Steps | None,
) -> Reading:
    """How the judged output of a dataset is read.

    Args:
        record: The dataset's, of this output.
        outputs: Those of the file.
        threshold: See `KitFacts.thresholds`.
        axis: See `KitFacts.class_axes`.
        target: Of anomalies how an input becomes what it should be rebuilt as.
    """
    kind = KINDS.get(record.task, "raw")
    shape = outputs[record.output].shape
    anomaly = record.task is Task.ANOMALY
    return Reading(
        output=record.output,
        kind=kind,
        labels=_labels(record),
        threshold=record.threshold if anomaly else threshold,
        class_axis=axis,
        error=record.reconstruction if anomaly else None,
        rebuilds=(
            rebuilt_input([one.shape for one in record.inputs], shape[1:]) if anomaly else None
        ),
        target=target if anomaly else None,
    )


def _labels(record: DatasetRecord) -> tuple[str, ...]:
    if record.classes is None:
        return ()
    return record.class_names or tuple(f"class {number}" for number in range(record.classes))
