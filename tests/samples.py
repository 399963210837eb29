"""tests: samples that lie in memory."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class ArraySamples:
    """One array for each model input; it remembers which samples were asked for.

    Attributes:
        arrays: Each (n, …).
        names: Of the inputs; empty where nobody asks for them.
        asked: The places of the samples that were read so far.
    """

    arrays: tuple[npt.NDArray[Any], ...]
    names: tuple[str, ...] = ()
    asked: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def batch(self, start: int, stop: int) -> tuple[npt.NDArray[Any], ...]:
        self.asked.update(range(start, stop))
        return tuple(array[start:stop] for array in self.arrays)

    def at(self, positions: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], ...]:
        self.asked.update(positions.tolist())
        return tuple(array[positions] for array in self.arrays)
