"""techniques/structure/: which channels go, so that a target is reached."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.techniques.structure.anatomy import Anatomy, Cost
from optimizer.techniques.structure.target import Rounding, Target, with_beside

Scores = npt.NDArray[np.float64]
"""Of each channel of a block how much is lost with it; the smallest go first."""
Kept = tuple[npt.NDArray[np.int64], ...]
"""By block the places of the channels that stay, ascending."""


@dataclass(frozen=True)
class _Chunk:
    """Channels of a block that go together."""

    order: float
    block: int
    before: int  # so many channels are in the block before it
    left: int  # and after it


def choose(
    anatomy: Anatomy,
    scores: Sequence[Scores],
    target: Target,
    rounding: Rounding,
    within: Collection[int],
    *,
    uniform: bool,
    whole: Cost,
    beside: int = 0,
) -> Kept:
    """The channels that stay: the network's most important ones, as many as the target allows.

    Channels go in chunks, in one order for all blocks, until the target is reached. Within a block
    the order is that of the scores. Uniform, all blocks lose the same share; otherwise a block
    whose channels have small scores loses more.

    Args:
        anatomy: The network.
        scores: Of each block.
        target: What may stay. It has to be in reach.
        rounding: What a block may keep.
        within: Numbers of the blocks that may lose channels.
        uniform: Whether all blocks lose the same share.
        whole: What the target is a share of.
        beside: See `check_target`.
    """
    orders = [np.argsort(-each, kind="stable") for each in scores]  # the most important first
    chunks = sorted(
        (
            chunk
            for block in sorted(within)
            for chunk in _chunks(block, np.sort(scores[block]), rounding, uniform=uniform)
        ),
        key=lambda chunk: chunk.order,
    )

    def counts(gone: int) -> list[int]:
        left = list(anatomy.whole)
        for chunk in chunks[:gone]:
            left[chunk.block] = chunk.left
        return left

    low, high = 0, len(chunks)
    while low < high:
        middle = (low + high) // 2
        cost = with_beside(anatomy.cost(counts(middle)), beside)
        low, high = (low, middle) if target.reached(cost, whole) else (middle + 1, high)
    left = counts(low)
    gone: dict[int, list[_Chunk]] = {}
    for chunk in chunks[:low]:
        gone.setdefault(chunk.block, []).append(chunk)
    # The last chunk may have been larger than needed: others that went before it come back.
    for of_block in sorted(gone.values(), key=lambda some: -some[-1].order):
        while of_block:
            back = of_block.pop()
            more = [*left]
            more[back.block] = back.before
            if not target.reached(with_beside(anatomy.cost(more), beside), whole):
                break
            left = more
    return tuple(np.sort(order[:count]) for order, count in zip(orders, left, strict=True))


def _chunks(block: int, ascending: Scores, rounding: Rounding, *, uniform: bool) -> list[_Chunk]:
    """All chunks of a block, in the order in which they go."""
    size, step = len(ascending), rounding.step(len(ascending))
    least = rounding.least(size)
    chunks, left, order = [], size, -np.inf
    while left > least:
        after = max(least, (left - 1) // step * step)  # first to a multiple, then by multiples
        gone = ascending[size - left : size - after]
        # Uniform, a block keeps the number that is nearest to the share: it goes on at the middle.
        share = 1 - (left + after) / 2 / size
        order = max(order, share if uniform else float(gone.mean()))
        chunks.append(_Chunk(order, block, left, after))
        left = after
    return chunks
