"""data/: an output of the model, as labels see it: what is known of it before anything runs."""

from dataclasses import dataclass

import numpy as np

from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary

LEAST_REBUILT = 3
"""Values of an input below which an output of its shape may as well be classes."""


@dataclass(frozen=True)
class OutputHead:
    """An output of the model, as labels see it.

    Attributes:
        name: Its name.
        title: What messages call it.
        shape: Of one sample.
        activation: Of the layer or operator that gives it; empty if unknown.
        loss: What it was compiled with, in snake case; empty if unknown.
        inputs: The shapes of one sample of the model's float inputs.
    """

    name: str
    title: str
    shape: tuple[int, ...]
    activation: str
    loss: str
    inputs: tuple[tuple[int, ...], ...] = ()

    @property
    def units(self) -> int:
        """How many values it gives for a sample."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def flat(self) -> bool:
        """Whether it is one row of values, perhaps as a picture of one pixel."""
        ends = self.shape[-1:] if len(self.shape) < 3 else (self.shape[0], self.shape[-1])
        return not self.shape or self.units in ends

    @property
    def rebuilds(self) -> bool:
        """Whether it has the form of an input, as that of an autoencoder does."""
        return self.units >= LEAST_REBUILT and self.shape in self.inputs


def head_of(summary: ModelSummary, position: int) -> OutputHead:
    """The output at this position."""
    spec, loss = summary.outputs[position], summary.loss_of(position)
    return OutputHead(
        name=spec.name,
        title="model" if len(summary.outputs) == 1 else f"output “{spec.name}”",
        shape=tuple(size or 1 for size in spec.shape[1:]),
        activation=summary.activation_of(position),
        loss=loss.name if loss else "",
        inputs=tuple(
            tuple(size or 1 for size in spec.shape[1:])
            for spec in summary.inputs
            if spec.dtype.startswith("float") or summary.quantized
        ),
    )


def output_position(summary: ModelSummary, name: str | None) -> int:
    """The position of the output called `name`; the first one for None.

    Raises:
        DataError: there is none of that name (lists those that there are).
    """
    names = [spec.name for spec in summary.outputs]
    if name is None:
        return 0
    if name not in names:
        raise DataError(
            f"The model has no output “{name}”; it has {', '.join(names)}. Choose one of those."
        )
    return names.index(name)
