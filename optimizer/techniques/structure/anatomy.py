"""techniques/structure/: what of a network can be taken out, and what that saves, in numbers.

Found when a model is opened, and kept with it, so that the server can say without TensorFlow
whether a target can be reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

Counts = Sequence[int]
"""How many channels of each block are kept."""


@dataclass(frozen=True)
class Block:
    """Channels that are alike: each is made and used by the same parts of the same layers.

    Attributes:
        size: How many there are.
        layers: Names of the layers that make them, in the order of the network.
    """

    size: int
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """One axis of a weight, or the channels of a tensor.

    Attributes:
        fixed: How many of its places always stay.
        parts: By the number of a block how many places each of its channels takes.
    """

    fixed: int
    parts: tuple[tuple[int, int], ...] = ()

    def length(self, counts: Counts) -> int:
        """How many places are left."""
        return self.fixed + sum(places * counts[block] for block, places in self.parts)


@dataclass(frozen=True)
class Term:
    """One product in a sum: a number, times the lengths of some axes.

    Attributes:
        times: The number.
        axes: Places in `Anatomy.axes`.
    """

    times: int
    axes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Anatomy:
    """A network's blocks, and what it costs when only some of their channels are kept.

    Attributes:
        blocks: What can be taken out.
        axes: All that differ.
        macs: Multiply-accumulate operations of one inference, as a sum. Those of layers that stay
            as they are may be missing.
        parameters: All weights, as a sum.
        stored: Those of them that a float file holds, once BatchNormalization is folded.
    """

    blocks: tuple[Block, ...]
    axes: tuple[Axis, ...]
    macs: tuple[Term, ...]
    parameters: tuple[Term, ...]
    stored: tuple[Term, ...]

    def __post_init__(self) -> None:
        """Checks that every number names something that there is.

        Raises:
            ValueError: one does not.
        """
        terms = (*self.macs, *self.parameters, *self.stored)
        blocks = {block for axis in self.axes for block, _ in axis.parts}
        axes = {axis for term in terms for axis in term.axes}
        if not blocks <= set(range(len(self.blocks))) or not axes <= set(range(len(self.axes))):
            raise ValueError("names what is not there")

    @property
    def whole(self) -> tuple[int, ...]:
        """The counts of the network as it is."""
        return tuple(block.size for block in self.blocks)

    def cost(self, counts: Counts) -> "Cost":
        """What is left where so many channels of each block are kept."""
        lengths = [axis.length(counts) for axis in self.axes]

        def total(terms: Sequence[Term]) -> int:
            return sum(term.times * prod(lengths[axis] for axis in term.axes) for term in terms)

        return Cost(total(self.macs), total(self.parameters), total(self.stored))


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Attributes:
        macs: Multiply-accumulate operations of one inference.
        parameters: Its weights.
        stored: Weights in a float file of it.
    """

    macs: int
    parameters: int
    stored: int
