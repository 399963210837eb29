"""data/: tells what labels are for, and asks where several readings fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.data.label_readings import Reading, likely, readings
from optimizer.data.labels import UNNAMED, Labels, RawLabels, Task
from optimizer.errors import DataError, Decision, UndecidedError
from optimizer.models.summary import ModelSummary
from optimizer.words import listed

ASIDE = "something else: compare variants with the float model alone"


@dataclass(frozen=True)
class LabelsQuestion:
    """What has to be decided before labels can be used.

    Attributes:
        decisions: What they may be for, the likeliest first.
    """

    decisions: tuple[Decision, ...]


class UndecidedLabelsError(DataError, UndecidedError):
    """Several readings of the labels fit; the message says which."""

    def __init__(self, message: str, question: LabelsQuestion) -> None:
        """`question` is what the page asks."""
        super().__init__(message, question)
        self.question = question

    @property
    def choices(self) -> tuple[Decision, ...]:
        """See `UndecidedError`."""
        return self.question.decisions


def understand(
    labels: Mapping[str, RawLabels],
    summary: ModelSummary,
    *,
    output: str | None = None,
    task: Task | None = None,
    label: str = "",
    named_classes: int = 0,
    are_inputs: bool = False,
    assume: bool = False,
) -> tuple[int, Labels]:
    """Tells which output the labels are for and what they mean.

    Args:
        labels: By the name of the output, or under `UNNAMED`.
        summary: The model.
        output: The name of the output; None: told from the labels and the outputs.
        task: What they are for; None: told in the same way.
        label: What labels without an output's name are called; empty if nothing.
        named_classes: How many classes the data name; 0 where they do not.
        are_inputs: Whether they are the inputs themselves, as autoencoders are trained on.
        assume: Whether the likeliest reading is taken where several fit; `Labels.assumed` says so.

    Returns:
        The position of the output, and its labels.

    Raises:
        UndecidedLabelsError: several readings fit.
        DataError: labels hold NaN, do not fit the model's outputs, or are out of range.
    """
    found = readings(
        labels,
        summary,
        output=output,
        task=task,
        label=label,
        named_classes=named_classes,
        are_inputs=are_inputs,
    )
    possible = likely(found)
    best = possible[0]
    known = len(possible) == 1 and not (task is None and best.doubtful)
    if not known:
        asked = possible if len(possible) > 1 else found
        decisions = _decisions(asked, summary)
        if not assume:
            raise UndecidedLabelsError(_question(decisions), LabelsQuestion(decisions))
        return best.position, _with_note(best, labels, _assumed(decisions))
    return best.position, _with_note(best, labels, "")


def _with_note(reading: Reading, labels: Mapping[str, RawLabels], assumed: str) -> Labels:
    found = reading.labels
    note = " ".join(filter(None, [found.note, _others(reading, labels)]))
    values = found.values
    if found.task is Task.REGRESSION:
        values = values.astype(np.float32, copy=False)
    return replace(found, values=values, note=note, assumed=assumed)


def _others(reading: Reading, labels: Mapping[str, RawLabels]) -> str:
    """What to say where other outputs have labels of their own."""
    if UNNAMED in labels or len(labels) < 2:
        return ""
    names = listed([f"“{name}”" for name in labels])
    return (
        f"There are labels for the outputs {names}, and each is judged; limits, changes and the "
        f"choice speak of “{reading.head.name}”. Another can be the headline (--output)."
    )


def _decisions(asked: Sequence[Reading], summary: ModelSummary) -> tuple[Decision, ...]:
    """The readings to choose from; beside a single one, which is doubtful, that it is none."""
    several = len(summary.outputs) > 1
    decisions = tuple(
        Decision(
            f"{one.words} (output “{one.head.name}”)" if several else one.words,
            {
                **({"output": one.head.name} if several else {}),
                "task": one.labels.task.value,
            },
            tuple(
                reason.words if reason.favours else f"but {reason.words}" for reason in one.reasons
            ),
        )
        for one in asked
    )
    if len(decisions) > 1:
        return decisions
    return (*decisions, Decision(ASIDE, {"task": Task.UNLABELLED.value}))


def _question(decisions: Sequence[Decision]) -> str:
    told = "; or ".join(one.words for one in decisions)
    names = listed([f"--{name}" for name in _settings(decisions)])
    return (
        f"What are the labels for? Nothing tells which is meant: {told}. Choose one ({names}), or "
        "take the likeliest, the first, with --yes."
    )


def _assumed(decisions: Sequence[Decision]) -> str:
    first, *others = (one.words for one in decisions)
    names = listed([f"--{name}" for name in _settings(decisions)])
    return (
        f"Nobody said what the labels are for. They were taken for the likeliest, {first}; as well "
        f"they may be {'; or '.join(others)}. If that is meant, all numbers here are of the wrong "
        f"thing: choose it (on the Data page, or {names})."
    )


def _settings(decisions: Sequence[Decision]) -> list[str]:
    return list(dict.fromkeys(name for one in decisions for name in one.settings))
