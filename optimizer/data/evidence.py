"""data/: what speaks for a reading of labels, and against it, each in a phrase.

Nothing is weighed: reasons are of five kinds, in the order in which they tell more, and readings
are put in order by the first kind in which they differ.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from optimizer.arrays import Array
from optimizer.data.labels import OF_CLASSES, Labels, RawLabels, Task
from optimizer.data.output_head import OutputHead
from optimizer.words import counted

OF_VALUES = {
    "mean_squared_error", "mean_absolute_error", "mean_squared_logarithmic_error",
    "mean_absolute_percentage_error", "huber", "log_cosh",
}  # fmt: skip
"""Losses of models that give values, not decisions."""
OF_CLASS_NUMBERS = {"sparse_categorical_crossentropy", "categorical_crossentropy"}
"""Losses of models that tell several classes apart."""
OF_DECISIONS = {"binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"}
"""Losses of models each of whose values says yes or no."""
DECIDE = {"softmax", "log_softmax", "sigmoid"}
"""Ends of outputs that decide."""
RECTIFY = {"relu", "relu6", "softplus", "exponential"}
"""Ends of outputs whose values are amounts: no score of a class is cut off at 0."""
WHITE = 255
"""What masks of two classes that were drawn as pictures have where others have 1."""
GLANCE = 1_000
"""Values that are looked at before all are."""
SAID_BY_ALL = {"y", "label", "labels", "target", "targets", "class", "output", "true", "gt"}
"""Words in the names of labels that do not say which output they are for."""


class Kind(IntEnum):
    """What a reason is told from; the first tells most."""

    LOSS = 0
    ACTIVATION = 1
    NAMES = 2
    LABELS = 3
    SHAPE = 4


@dataclass(frozen=True)
class Reason:
    """Something that speaks for a reading, or against it.

    Attributes:
        kind: What it is told from.
        favours: Whether it speaks for it.
        words: A phrase.
    """

    kind: Kind
    favours: bool
    words: str


@dataclass(frozen=True)
class Beside:
    """What is known beside an output and the labels.

    Attributes:
        heads: All outputs of the model.
        label: What the labels are called, by the column of a table; empty if nothing.
        named_classes: How many classes the data name; 0 where they do not.
        are_inputs: Whether the labels are the inputs themselves, as autoencoders are trained on.
    """

    heads: tuple[OutputHead, ...]
    label: str = ""
    named_classes: int = 0
    are_inputs: bool = False


def reasons(raw: RawLabels, head: OutputHead, labels: Labels, beside: Beside) -> tuple[Reason, ...]:
    """All that speaks for a reading and against it, what tells most first.

    Args:
        raw: The labels as they came.
        head: The output that they are taken to be for.
        labels: What they are taken for.
        beside: What else is known.
    """
    found = (
        *_of_loss(head, labels, beside),
        *_of_activation(head, labels, beside),
        *_of_names(head, labels, beside),
        *_of_labels(raw, head, labels, beside),
        *_of_shape(labels),
    )
    return tuple(sorted(found, key=lambda reason: reason.kind))


def _of_loss(head: OutputHead, labels: Labels, beside: Beside) -> Iterator[Reason]:
    task, words = labels.task, f"compiled with {head.loss}"
    if head.loss in OF_VALUES:
        if task in {Task.REGRESSION, Task.ANOMALY}:
            yield Reason(Kind.LOSS, True, f"{words}, as for values")
        elif head.activation != "softmax":  # that decides, whatever it was trained by
            yield Reason(Kind.LOSS, False, f"{words}, as for values")
    elif head.loss in OF_CLASS_NUMBERS:
        yield Reason(Kind.LOSS, task in OF_CLASSES, f"{words}, as for classes")
    elif head.loss in OF_DECISIONS and beside.are_inputs:
        return  # autoencoders of what lies between 0 and 1 are trained by it too
    elif head.loss in OF_DECISIONS and (_says_yes(labels, head) or task is Task.REGRESSION):
        yield Reason(Kind.LOSS, task is not Task.REGRESSION, f"{words}, as for yes or no")


def _of_activation(head: OutputHead, labels: Labels, beside: Beside) -> Iterator[Reason]:
    task, end = labels.task, head.activation
    decides = task is not Task.REGRESSION and task is not Task.ANOMALY
    if end in {"softmax", "log_softmax"}:
        fits = task in OF_CLASSES and not _says_yes(labels, head)
        yield Reason(Kind.ACTIVATION, fits, f"ends in {end}, as classes do")
    elif end == "sigmoid" and decides:
        yield Reason(Kind.ACTIVATION, True, "ends in a sigmoid, as decisions do")
    elif end in RECTIFY:
        yield Reason(Kind.ACTIVATION, not decides, f"ends in {end}, as amounts do")
    elif end == "linear":
        if not decides:
            yield Reason(Kind.ACTIVATION, True, "ends in no activation, as values do")
        elif _says_yes(labels, head) and head.loss not in OF_DECISIONS:
            yield Reason(Kind.ACTIVATION, False, "ends in no sigmoid, as decisions do")
        elif any(other.activation in DECIDE for other in beside.heads):
            yield Reason(Kind.ACTIVATION, False, "ends in no activation, where another output does")


def _of_names(head: OutputHead, labels: Labels, beside: Beside) -> Iterator[Reason]:
    words = _words(beside.label)
    called = [other for other in beside.heads if words and _words(other.name) == words]
    if called and len(called) < len(beside.heads):
        own = head in called
        yield Reason(
            Kind.NAMES, own,
            f"the labels are called “{beside.label}”, as {'it' if own else 'another output'} is",
        )  # fmt: skip
    if beside.named_classes and labels.task in {*OF_CLASSES, Task.MULTI_LABEL}:
        same = labels.classes == beside.named_classes
        yield Reason(Kind.NAMES, same, f"the data name {counted(beside.named_classes, 'class')}es")


def _words(name: str) -> frozenset[str]:
    """What a name says beside what the names of all labels may say."""
    return frozenset(re.findall(r"[^\W_]+", name.lower())) - SAID_BY_ALL


def _of_labels(
    raw: RawLabels, head: OutputHead, labels: Labels, beside: Beside
) -> Iterator[Reason]:
    task, y = labels.task, raw.values
    if raw.names:
        return
    if beside.are_inputs:
        yield Reason(Kind.LABELS, task is Task.REGRESSION, "the labels are the inputs themselves")
        return
    if task is Task.REGRESSION:
        for high in (1, WHITE):
            if _only(y, high):
                yield Reason(Kind.LABELS, False, f"the labels hold only 0 and {high}")
                return
    if task in OF_CLASSES and y.size == len(y) * head.units and y.size > labels.values.size:
        yield Reason(Kind.LABELS, True, "of each row of labels exactly one is 1")
    if task is Task.MULTI_LABEL and bool((y.reshape(len(y), -1).sum(axis=1) == 1).all()):
        yield Reason(Kind.LABELS, False, "of each row of labels exactly one is 1")
    told = head.activation == "softmax" or head.loss in OF_CLASS_NUMBERS
    few = task is Task.CLASSIFICATION and head.rebuilds and not told
    if few and y.size == len(y) and _only(y, 1):
        yield Reason(Kind.LABELS, False, f"of {labels.classes} classes only 0 and 1 occur")


def _only(y: Array, high: int) -> bool:
    """Whether there are no values but 0 and this one; of large arrays mostly a glance tells."""
    glance = y.reshape(-1)[:GLANCE]
    return all(bool(((one == 0) | (one == high)).all()) for one in (glance, y))


def _of_shape(labels: Labels) -> Iterator[Reason]:
    if labels.task is Task.ANOMALY:
        yield Reason(Kind.SHAPE, True, "gives back what it takes")


def _says_yes(labels: Labels, head: OutputHead) -> bool:
    """Whether each value of the output says yes or no by itself."""
    if labels.task is Task.MULTI_LABEL:
        return True
    if labels.task is Task.CLASSIFICATION:
        return head.units == 1
    return labels.task is Task.PER_POSITION and labels.values[0].size == head.units
