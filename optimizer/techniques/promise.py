"""techniques/: what a technique promised of a weight tensor, and what that is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from optimizer.models.summary import LayerFit
from optimizer.tflite.facts import WeightTensor

if TYPE_CHECKING:
    from optimizer.techniques.training_step import TrainingTime


class Promise(BaseModel):
    """One thing that a technique promised of a weight tensor; kept in the audit's file.

    Attributes:
        promised: A share of zeros, a number of values, a type: what the technique says.
        kept: Whether it is so in the file.
        explanation: Why it is not, in a sentence; empty if it is.
        note: What looks like a lost promise and is none, in a sentence; empty for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    promised: int | float | str
    kept: bool
    explanation: str = ""
    note: str = ""


class FilePromise(BaseModel):
    """One thing that a technique promised of a whole file; kept in the audit's file.

    Attributes:
        what: That is counted: "MACs".
        promised: How many there are at most.
        found: How many there are.
        before: How many there were without the step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    promised: int
    found: int
    before: int

    @property
    def kept(self) -> bool:
        """Whether there are no more than promised."""
        return self.found <= self.promised


@dataclass(frozen=True)
class Taken:
    """A training step of a recipe, as it was taken.

    Attributes:
        step: The step.
        layers: Names of the layers that it touched.
        channels: By layer how many channels it had before and after, where that changed.
    """

    step: "TrainingTime"
    layers: frozenset[str]
    channels: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A weight tensor that a step touched, in its surroundings.

    Attributes:
        weight: The tensor.
        layer: Where it comes from.
        kernels: All tensors of that layer that techniques change: a recurrent layer's may be split.
        fits: All layers of the model, in its order.
        later: The steps after the one that promised something.
        channels: How many channels the layer had before that step and after; None where it left
            their number as it was.
    """

    weight: WeightTensor
    layer: LayerFit
    kernels: Sequence[WeightTensor]
    fits: Sequence[LayerFit]
    later: Sequence[Taken]
    channels: tuple[int, int] | None = None

    def why_lost(self, step: "TrainingTime") -> str:
        """Why the tensor lacks what `step` gives, as far as what is known tells."""
        for taken in self.later:
            if step.gives is None or not taken.step.epochs:
                continue
            reason = taken.step.why_lost(
                step.gives, self.layer, touched=self.layer.name in taken.layers
            )
            if reason:
                return reason
        suspects = [
            f"lost in {taken.step.name}" for taken in self.later if self.layer.name in taken.layers
        ]
        return (
            f"Not reached in {', '.join([step.name, *suspects])}, or lost in the conversion; "
            "the file does not tell which."
        )
