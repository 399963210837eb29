"""techniques/training/: what the values of an output are, which decides how they are learnt."""

from enum import Enum

from optimizer.arrays import Float32s
from optimizer.data.labels import Task
from optimizer.measure.probabilities import in_0_to_1, sum_to_1
from optimizer.models.summary import CompiledLoss

DECIDED = frozenset({Task.CLASSIFICATION, Task.PER_POSITION, Task.MULTI_LABEL})
"""Tasks whose outputs are of classes, whatever they look like."""


class Meaning(Enum):
    """What the values of an output are."""

    SHARES = "shares of 1, as after a softmax"
    CHANCES = "a probability each, as after a sigmoid"
    LOGITS = "logits"
    VALUES = "values"


def meaning(
    task: Task, output: Float32s, activation: str = "", compiled: CompiledLoss | None = None
) -> Meaning:
    """What the values of an output are: the task, its end and the compiled loss say it.

    The values themselves are looked at only where nothing else is known: targets of a regression
    may all lie in 0..1, and then they are still no probabilities.

    Args:
        task: Of the data.
        output: Some of what the float model gives, (n, …, width).
        activation: What the output ends in, by Keras's name; empty if unknown.
        compiled: What it was compiled with; None if unknown.
    """
    if task not in DECIDED and task is not Task.UNLABELLED:
        chances = compiled is not None and compiled.name == "binary_crossentropy"
        return _known(activation, compiled, output) if chances else Meaning.VALUES
    crossentropy = compiled is not None and compiled.name.endswith("crossentropy")
    if activation in {"softmax", "sigmoid"} or (crossentropy and task in DECIDED):
        return _known(activation, compiled, output)
    if activation and activation not in {"softmax", "sigmoid"}:
        return Meaning.LOGITS if task in DECIDED or crossentropy else Meaning.VALUES
    return _told_from_values(task, output)


def _known(activation: str, compiled: CompiledLoss | None, output: Float32s) -> Meaning:
    """Where an activation or a crossentropy says it; the activation is what is computed."""
    if activation == "sigmoid":
        return Meaning.CHANCES
    if activation == "softmax":
        return Meaning.SHARES
    if activation or (compiled and compiled.from_logits):
        return Meaning.LOGITS
    single = output.shape[-1] == 1 or (compiled and compiled.name == "binary_crossentropy")
    return Meaning.CHANCES if single else Meaning.SHARES


def _told_from_values(task: Task, output: Float32s) -> Meaning:
    if output.ndim == 2 and output.shape[-1] > 1 and sum_to_1(output):
        return Meaning.SHARES
    single = output.ndim == 2 and output.shape[-1] == 1
    if (single or task is Task.MULTI_LABEL) and in_0_to_1(output):
        return Meaning.CHANCES
    return Meaning.LOGITS if task in DECIDED else Meaning.VALUES
