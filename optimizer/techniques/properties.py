"""techniques/: what a training step gives a model, and the steps after it keep or undo.

A step asks for what is given by its property, never for the step that gave it by name. These are
those that other steps know of; a technique that gives something else declares it in its own file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from optimizer.techniques.promise import Promise
from optimizer.tflite.facts import WeightTensor, share_of_zeros


@dataclass(frozen=True)
class Property:
    """Something that a training step gives a model.

    Attributes:
        name: In sentences: "trained it on without keeping its zeros".
        lasting: Whether no step after it can undo it, as with the sizes of layers.
    """

    name: str
    lasting: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class WeightProperty(Property):
    """One that the weights of a file show, so that the audit can check it.

    What is said here serves a property of which no more is known than its name.

    Attributes:
        title: Of its column in the audit's table.
        lost: What weights have that do not keep what was promised: "fewer zeros than promised".
    """

    title: str
    lost: str

    def found(self, weight: WeightTensor) -> str:  # noqa: ARG002
        """What a tensor has of which nothing was promised, for the table: "12.5 %"."""
        return ""

    def beside(self, weight: WeightTensor, promise: Promise) -> str:  # noqa: ARG002
        """What a tensor has beside what was promised of it, for the table: "80.0 % ≥ 80 %"."""
        return str(promise.promised)

    def kept(self, weights: Sequence[WeightTensor]) -> str:  # noqa: ARG002
        """What tensors that all keep the promise have together: "86.4 % zeros"."""
        return self.name


class Zeros(WeightProperty):
    """A share of the weights is zero; what is promised is that share, 0..1."""

    def found(self, weight: WeightTensor) -> str:
        """See `WeightProperty.found`."""
        return f"{weight.zeros * 100:.1f} %"

    def beside(self, weight: WeightTensor, promise: Promise) -> str:
        """See `WeightProperty.beside`."""
        promised = float(promise.promised)
        # Kept nearly: zeros come in whole weights, and are counted over all tensors of a layer.
        reached = round(weight.zeros, 3) >= round(promised, 3)
        sign = "<" if not promise.kept else "≥" if reached else "≈"
        return f"{self.found(weight)} {sign} {promised * 100:g} %"

    def kept(self, weights: Sequence[WeightTensor]) -> str:
        """See `WeightProperty.kept`."""
        return f"{(share_of_zeros(weights) or 0) * 100:.1f} % zeros"


class Clusters(WeightProperty):
    """Weights share few values; what is promised is how many a channel has at most."""

    def found(self, weight: WeightTensor) -> str:
        """See `WeightProperty.found`."""
        return f"{weight.unique_per_channel:,}"

    def beside(self, weight: WeightTensor, promise: Promise) -> str:
        """See `WeightProperty.beside`."""
        sign = "≤" if promise.kept else ">"
        return f"{self.found(weight)} {sign} {promise.promised}"

    def kept(self, weights: Sequence[WeightTensor]) -> str:
        """See `WeightProperty.kept`."""
        most = max(weight.unique_per_channel for weight in weights)
        return f"at most {most} unique weights per channel"


class Channels(WeightProperty):
    """A layer has fewer channels; what is promised is how many."""

    def found(self, weight: WeightTensor) -> str:
        """See `WeightProperty.found`."""
        return f"{output_channels(weight):,}"

    def beside(self, weight: WeightTensor, promise: Promise) -> str:
        """See `WeightProperty.beside`."""
        return f"{self.found(weight)} {'=' if promise.kept else '≠'} {promise.promised}"

    def kept(self, weights: Sequence[WeightTensor]) -> str:  # noqa: ARG002
        """See `WeightProperty.kept`."""
        return "fewer channels, as many as promised,"


LAST_AXIS = ("DEPTHWISE_CONV_2D", "CONV_3D")
"""Operators whose weights have the channels that they make along the last axis."""


def output_channels(weight: WeightTensor) -> int:
    """How many channels an operator makes with a weight tensor; 0 for a scalar.

    Layouts as in `tflite.macs`.
    """
    if not weight.shape:
        return 0
    return weight.shape[-1 if weight.operator in LAST_AXIS else 0]


ZEROS = Zeros("zeros", "Zeros", "fewer zeros than promised")
CLUSTERS = Clusters(
    "clusters", "Unique per channel", "more unique weights per channel than promised"
)
CHANNELS = Channels("channels", "Channels", "other channels than promised", lasting=True)
LOW_RANK = Property("low ranks", lasting=True)
"""Two small layers in the place of one."""
ONE_OF_THEM = "shrink and factorize both count from the model as it came. Leave one of them out."
RANGES = Property("ranges")
"""The ranges of weights and activations in 8 bits, in the model beside its weights."""
