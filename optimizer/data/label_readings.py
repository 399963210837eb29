"""data/: the readings of labels: for which output they may be, and for what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.data.evidence import Beside, Kind, Reason, reasons
from optimizer.data.fit_labels import every_fit, fit
from optimizer.data.labels import UNNAMED, Labels, RawLabels, Task
from optimizer.data.output_head import OutputHead, head_of, output_position
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.words import counted, listed, sizes

TELLING = {Kind.LOSS, Kind.ACTIVATION, Kind.NAMES}
"""Kinds of reasons that tell what an output is for; the others tell what labels look like."""


@dataclass(frozen=True)
class Reading:
    """What labels may be for.

    Attributes:
        position: Of the output.
        head: The output.
        labels: In the form of the task.
        reasons: What speaks for it and against it, see `evidence`.
    """

    position: int
    head: OutputHead
    labels: Labels
    reasons: tuple[Reason, ...] = ()

    @property
    def opposed(self) -> frozenset[Kind]:
        """The kinds of reasons that speak against it."""
        return frozenset(reason.kind for reason in self.reasons if not reason.favours)

    @property
    def doubtful(self) -> bool:
        """Whether labels were taken for decisions against what is known of the output."""
        if self.labels.task in {Task.REGRESSION, Task.FORECAST, Task.ANOMALY}:
            return False
        told = any(reason.favours and reason.kind in TELLING for reason in self.reasons)
        return bool(self.opposed) and not told

    @property
    def rank(self) -> tuple[int, ...]:
        """Less is likelier: by the first kind of reasons in which two differ, then as they stand.

        What favours stands before what says nothing, and that before what opposes.
        """
        said = {reason.kind: 0 if reason.favours else 2 for reason in reversed(self.reasons)}
        return (*(said.get(kind, 1) for kind in Kind), self.position)

    @property
    def words(self) -> str:
        """What the labels are in it, in a phrase without the output."""
        task, units = self.labels.task, self.head.units
        if task is Task.CLASSIFICATION:
            return f"one of {self.labels.classes} classes" if units > 1 else "yes or no"
        if task is Task.PER_POSITION:
            alone = self.labels.values[0].size == units
            each = "yes or no" if alone else f"one of {self.labels.classes} classes"
            return f"{each} at each position"
        if task is Task.MULTI_LABEL:
            return f"{counted(units, 'label')}, each yes or no"
        if task is Task.ANOMALY:
            return "which samples are anomalies"
        return "a value" if units == 1 else f"values ({sizes(self.head.shape)})"


def readings(
    labels: Mapping[str, RawLabels],
    summary: ModelSummary,
    *,
    output: str | None,
    task: Task | None,
    label: str = "",
    named_classes: int = 0,
    are_inputs: bool = False,
) -> list[Reading]:
    """All readings that output and labels allow, at least one, the likeliest first.

    Labels that name their outputs are read for the first of these that they fit.

    Args:
        labels: By the name of the output, or under `UNNAMED`.
        summary: The model.
        output: The name of the output; None: any.
        task: What they are for; None: anything.
        label: What labels without an output's name are called.
        named_classes: How many classes the data name.
        are_inputs: Whether they are the inputs themselves.

    Raises:
        DataError: none fits.
    """
    heads = tuple(head_of(summary, position) for position in range(len(summary.outputs)))
    beside = Beside(heads, label, named_classes, are_inputs)
    failures: list[DataError] = []
    found: list[Reading] = []
    for position in _positions(labels, summary, output):
        head = heads[position]
        named = head.name in labels
        raw = labels[head.name if named else UNNAMED]
        try:
            fits = every_fit(raw, head) if task is None else (fit(raw, head, task),)
        except DataError as error:
            failures.append(error)
            continue
        found += [Reading(position, head, one, reasons(raw, head, one, beside)) for one in fits]
        if named:
            break
    if not found:
        raise failures[0]
    return sorted(found, key=lambda reading: reading.rank)


def likely(found: Sequence[Reading]) -> list[Reading]:
    """Those to which no other is preferable: all that speaks against that one speaks against them,
    and more.
    """
    return [one for one in found if not any(other.opposed < one.opposed for other in found)]


def _positions(
    labels: Mapping[str, RawLabels], summary: ModelSummary, output: str | None
) -> list[int]:
    """The outputs that the labels may be for."""
    labelled = [i for i, spec in enumerate(summary.outputs) if spec.name in labels]
    positions = labelled or list(range(len(summary.outputs)))
    if output is None:
        return positions
    chosen = output_position(summary, output)
    if chosen not in positions:
        raise DataError(
            f"There are no labels for the output “{output}”, only for {listed(list(labels))}. "
            "Choose one of those."
        )
    return [chosen]
