"""techniques/structure/: how much of a network may stay, and how few channels a block may keep."""

from collections.abc import Collection
from dataclasses import dataclass

from optimizer.errors import RecipeError
from optimizer.techniques.structure.anatomy import Anatomy, Cost, Counts

FEWEST_STEPS = 2
"""A block goes in at least so many steps: what has few channels is rounded to fewer than asked."""


@dataclass(frozen=True)
class Target:
    """Shares of a network that may stay, each 0..1; 0 where any may.

    Attributes:
        macs: Of its multiply-accumulate operations.
        parameters: Of its weights.
        size: Of the weights that a float file of it holds.
    """

    macs: float = 0.0
    parameters: float = 0.0
    size: float = 0.0

    def shares(self, now: Cost, whole: Cost) -> dict[str, tuple[float, float]]:
        """By what is asked for: which share is left, and which may be."""
        pairs = {
            "macs": (now.macs, whole.macs, self.macs),
            "parameters": (now.parameters, whole.parameters, self.parameters),
            "size": (now.stored, whole.stored, self.size),
        }
        return {
            name: (left / before if before else 1.0, asked)
            for name, (left, before, asked) in pairs.items()
            if asked
        }

    def reached(self, now: Cost, whole: Cost) -> bool:
        """Whether no more is left than may be."""
        return all(left <= asked for left, asked in self.shares(now, whole).values())

    def between(self, step: int, steps: int) -> "Target":
        """What is to be reached after one of several steps, each by the same factor."""
        share = step / steps
        return (
            Target(self.macs**share, self.parameters**share, self.size**share)
            if (step < steps)
            else self
        )


@dataclass(frozen=True)
class Rounding:
    """Which counts of channels a block may keep.

    Attributes:
        floor: The least share of its channels, 0..1.
        multiple: What the number is a multiple of, as far as it has enough channels.
    """

    floor: float
    multiple: int

    def step(self, size: int) -> int:
        """How many channels of a block go at once."""
        step = self.multiple
        while step > 1 and size < FEWEST_STEPS * step:
            step //= 2
        return step

    def least(self, size: int) -> int:
        """How many channels of a block stay at least."""
        step = self.step(size)
        wanted = max(1, self.floor * size)
        return min(size, -int(-wanted // step) * step)


def least_counts(anatomy: Anatomy, rounding: Rounding, within: Collection[int]) -> Counts:
    """How many channels of each block stay where as much is taken out as may be.

    Args:
        anatomy: The network.
        rounding: What a block may keep.
        within: Numbers of the blocks that may lose channels.
    """
    return [
        rounding.least(block.size) if at in within else block.size
        for at, block in enumerate(anatomy.blocks)
    ]


def blocks_within(anatomy: Anatomy, layers: Collection[str]) -> set[int]:
    """The blocks that may lose channels where only these layers may."""
    return {
        at
        for at, block in enumerate(anatomy.blocks)
        if block.size > 1 and all(name in layers for name in block.layers)
    }


def check_target(
    anatomy: Anatomy,
    target: Target,
    rounding: Rounding,
    within: Collection[int],
    *,
    beside: int = 0,
    whole: Cost | None = None,
) -> None:
    """Refuses a target that the network cannot reach.

    Args:
        anatomy: The network.
        target: What may stay.
        rounding: What a block may keep.
        within: Numbers of the blocks that may lose channels.
        beside: Multiply-accumulate operations that the anatomy does not know of, and that stay.
        whole: What the target is a share of; None for the network itself.

    Raises:
        RecipeError: says the least that can be reached.
    """
    if not within:
        raise RecipeError(
            "There is nothing to take out: no channel of the chosen layers may go. The Model page "
            "says of each layer why."
        )
    whole = whole or with_beside(anatomy.cost(anatomy.whole), beside)
    least = with_beside(anatomy.cost(least_counts(anatomy, rounding, within)), beside)
    short = {
        name: left for name, (left, asked) in target.shares(least, whole).items() if left > asked
    }
    if short:
        asked = ", ".join(f"{name}={getattr(target, name):g}" for name in short)
        can = ", ".join(f"{name}={_up(left)}" for name, left in short.items())
        raise RecipeError(
            f"shrink cannot reach {asked}: with floor={rounding.floor:g} and "
            f"multiple={rounding.multiple} the least is {can}. Ask for that or more, or let floor "
            "or multiple be smaller."
        )


def with_beside(cost: Cost, macs: int) -> Cost:
    """A cost with multiply-accumulate operations that are not in it."""
    return Cost(cost.macs + macs, cost.parameters, cost.stored)


def _up(share: float) -> str:
    """A share in two digits, not less than it is."""
    return f"{-(-share * 1000 // 1) / 1000:g}"
