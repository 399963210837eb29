"""data/: outputs that have labels of their own, beside the one that is judged first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.data.labels import UNNAMED, Labels, RawLabels, Task
from optimizer.data.understand_labels import understand
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary

ALONE = frozenset({Task.ANOMALY, Task.DETECTION, Task.FORECAST, Task.UNLABELLED})
"""Tasks that are judged of the first output alone."""


@dataclass(frozen=True)
class FurtherOutput:
    """An output with labels of its own, beside the one that is judged first.

    Attributes:
        output: Its position.
        task: What its labels are for.
        classes: The number of classes or labels; None where there are none.
        class_names: Their names; empty where they are not known.
        threshold: See `DatasetRecord.threshold`.
        chance: What guessing would reach, see `FloatReport`; None where that means nothing.
    """

    output: int
    task: Task
    classes: int | None
    class_names: tuple[str, ...] = ()
    threshold: float | None = None
    chance: float | None = None


@dataclass(frozen=True)
class Further:
    """What is understood of the labels of such an output.

    Attributes:
        output: What is kept in the record.
        labels: In the form of the metrics; None where they are not used.
        note: What is to be said of them; empty for nothing.
    """

    output: FurtherOutput | None
    labels: Labels | None
    note: str


def further_outputs(
    labels: Mapping[str, RawLabels], summary: ModelSummary, first: int
) -> Iterator[Further]:
    """All outputs with labels but the one that is judged first.

    Where several readings of their labels fit the likeliest is taken, and `labels.assumed` says so;
    what does not fit its output is left out, which the note says: only the first output's labels
    end the reading.

    Args:
        labels: By the name of the output.
        summary: The model.
        first: The position of the output that is judged first.
    """
    if UNNAMED in labels:
        return
    for position, spec in enumerate(summary.outputs):
        if position == first or spec.name not in labels:
            continue
        own = {spec.name: labels[spec.name]}
        try:
            _, found = understand(own, summary, output=spec.name, assume=True)
        except DataError as error:
            yield Further(None, None, f"The output “{spec.name}” is not judged: {error}")
            continue
        if found.task in ALONE:
            yield Further(
                None, None,
                f"The output “{spec.name}” is not judged: {found.task.value} is judged of the "
                "headline’s output alone. Make it that (--output) if it is what counts.",
            )  # fmt: skip
            continue
        kept = FurtherOutput(position, found.task, found.classes, found.names)
        yield Further(kept, found, found.note)
