"""techniques/structure/: the blocks of a network, from its units. Workers only."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.techniques.structure.anatomy import Anatomy, Axis, Block, Term
from optimizer.techniques.structure.network import Network
from optimizer.techniques.structure.units import Ids

STAYS = -1
Members = npt.NDArray[np.int64]
"""Along an axis of a weight: the number of each channel among all that may go, or `STAYS`."""
NOT_STORED = ("gamma", "moving_mean", "moving_variance")  # of BatchNormalization, once folded


@dataclass(frozen=True)
class Blocks:
    """What can be taken out of a network, and where each channel of it is.

    Attributes:
        anatomy: The blocks in numbers.
        channels: By block the numbers of its channels; all together are 0, 1, 2, …
        weights: By layer and place of a weight the channels along its axes.
        used: By layer the weights and axes that take channels of others and mix them.
        settings: By layer and argument of its constructor the channels whose number it is.
        owned: By layer the channels that it makes.
    """

    anatomy: Anatomy
    channels: tuple[Members, ...]
    weights: dict[str, dict[int, dict[int, Members]]]
    used: dict[str, tuple[tuple[int, int], ...]]
    settings: dict[str, dict[str, Members]]
    owned: dict[str, Members]


def blocks_of(model: Any, network: Network) -> Blocks:
    """Sorts the channels that may go into blocks of such as are alike.

    Args:
        model: The model.
        network: What `examine` found in it.
    """
    sorter = _Sorter(network)
    weights = {
        name: {
            at: {axis: sorter.roots(ids) for axis, ids in axes.items()} for at, axes in of.items()
        }
        for name, of in network.weights.items()
    }
    owned = {name: sorter.roots(ids) for name, ids in network.owned.items()}
    for name, of in weights.items():
        for at, axes in of.items():
            for axis, roots in axes.items():
                sorter.seen(roots, (name, at, axis))
    groups = sorter.groups()
    number = {root: at for at, root in enumerate(r for _, roots in groups for r in roots)}

    def members(roots: Ids) -> Members:
        return np.array([number.get(root, STAYS) for root in roots.tolist()], np.int64)

    starts = np.cumsum([0, *(len(roots) for _, roots in groups)])
    block_of = np.repeat(np.arange(len(groups)), np.diff(starts))
    counted = _Axes(block_of)
    return Blocks(
        anatomy=Anatomy(
            blocks=tuple(
                Block(len(roots), tuple(n for n, made in owned.items() if roots[0] in made))
                for _, roots in groups
            ),
            macs=tuple(
                Term(p.times, tuple(counted.place(members(sorter.roots(u))) for u in p.units))
                for p in network.products
            ),
            parameters=_terms(model, weights, counted, members, stored=False),
            stored=_terms(model, weights, counted, members, stored=True),
            axes=tuple(counted.axes),
        ),
        channels=tuple(np.arange(start, stop) for start, stop in pairwise(starts)),
        weights={
            name: {at: {a: members(r) for a, r in axes.items()} for at, axes in of.items()}
            for name, of in weights.items()
        },
        used=network.used,
        settings={
            name: {key: members(sorter.roots(ids)) for key, ids in of.items()}
            for name, of in network.settings.items()
        },
        owned={name: members(roots) for name, roots in owned.items()},
    )


class _Sorter:
    """Finds which units are alike: those that take as many places of the same axes."""

    def __init__(self, network: Network) -> None:
        self._units = network.units
        self._signatures: dict[int, list[tuple[Any, int]]] = defaultdict(list)

    def roots(self, ids: Ids) -> Ids:
        return self._units.roots(ids)

    def seen(self, roots: Ids, axis: tuple[str, int, int]) -> None:
        found, counts = np.unique(roots, return_counts=True)
        for root, count in zip(found.tolist(), counts.tolist(), strict=True):
            if self._units.reason(root) is None:
                self._signatures[root].append((axis, count))

    def groups(self) -> list[tuple[Any, list[int]]]:
        by_signature: dict[Any, list[int]] = defaultdict(list)
        for root, signature in sorted(self._signatures.items()):
            by_signature[tuple(signature)].append(root)
        return list(by_signature.items())


class _Axes:
    """All axes that differ, each once."""

    def __init__(self, block_of: npt.NDArray[np.int64]) -> None:
        self._block_of = block_of
        self._sizes = np.bincount(block_of) if len(block_of) else block_of
        self._places: dict[Axis, int] = {}

    @property
    def axes(self) -> list[Axis]:
        return list(self._places)

    def place(self, members: Members) -> int:
        free = self._block_of[members[members != STAYS]]
        counts = np.bincount(free, minlength=len(self._sizes))
        parts = tuple(
            (block, int(count) // int(self._sizes[block]))
            for block, count in enumerate(counts)
            if count
        )
        axis = Axis(int(np.count_nonzero(members == STAYS)), parts)
        return self._places.setdefault(axis, len(self._places))


def _terms(
    model: Any, weights: Any, counted: _Axes, members: Any, *, stored: bool
) -> tuple[Term, ...]:
    """The numbers of all weights of a model, or of those that a float file holds."""
    terms, alone = [], 0
    for layer in model.layers:
        for at, weight in enumerate(layer.weights):
            if stored and weight.name.rpartition("/")[2].partition(":")[0] in NOT_STORED:
                continue
            axes = weights.get(layer.name, {}).get(at, {})
            times = int(
                np.prod([n for a, n in enumerate(weight.shape) if a not in axes], dtype=int)
            )
            if axes:
                terms.append(
                    Term(times, tuple(counted.place(members(roots)) for roots in axes.values()))
                )
            else:
                alone += times
    return (*terms, Term(alone))
