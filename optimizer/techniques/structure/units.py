"""techniques/structure/: which channels go together, as a union of numbered units.

Every channel that a layer makes is a unit. Where two are added, or multiplied, or a layer is called
twice, one cannot go without the other: they are united. This is the dependency graph of DepGraph
(Fang et al.: Towards Any Structural Pruning, CVPR 2023), channel by channel instead of layer by
layer, so that of two layers which are concatenated and then added to a third each part is tied to
its own.
"""

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
"""The units along the last axis of a tensor, or along one axis of a weight; any may occur often."""


class Units:
    """All units of a network: which are tied to each other, and which have to stay."""

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._reasons: dict[int, str] = {}

    def fresh(self, count: int) -> Ids:
        """So many new ones, tied to nothing."""
        first = len(self._parents)
        self._parents.extend(range(first, first + count))
        return np.arange(first, first + count, dtype=np.int64)

    def unite(self, first: Ids, second: Ids) -> None:
        """Ties each of `first` to the one in the same place of `second`, which is as long."""
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            mine, theirs = self._root(one), self._root(other)
            if mine == theirs:
                continue
            root, leaf = min(mine, theirs), max(mine, theirs)
            self._parents[leaf] = root
            reason = self._reasons.pop(leaf, None)
            if reason:
                self._reasons.setdefault(root, reason)

    def fix(self, ids: Ids, reason: str) -> None:
        """Units that have to stay, and why; the first reason that was given counts."""
        for each in np.unique(ids).tolist():
            self._reasons.setdefault(self._root(each), reason)

    def roots(self, ids: Ids) -> Ids:
        """For each unit one that stands for all that are tied to it."""
        return np.fromiter((self._root(each) for each in ids.tolist()), np.int64, len(ids))

    def reason(self, unit: int) -> str | None:
        """Why a unit has to stay; None if it may go."""
        return self._reasons.get(self._root(unit))

    def _root(self, unit: int) -> int:
        parents = self._parents
        while parents[unit] != unit:
            parents[unit] = parents[parents[unit]]
            unit = parents[unit]
        return unit
