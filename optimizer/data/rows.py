"""data/: the samples of an `.npy` file, read when they are asked for."""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from optimizer.arrays import Array, Indices

LARGEST_MAPPED = 256 * 2**20  # bytes; what is mapped counts as memory of the process once touched


class Rows:
    """An array in a file, too large to be mapped: only rows that are asked for are in memory.

    Attributes:
        shape: As of an array.
        dtype: As of an array.
    """

    def __init__(self, path: Path) -> None:
        """Opens an `.npy` file in C order."""
        with path.open("rb") as file:
            npy_format.read_magic(file)
            self.shape, _, self.dtype = npy_format.read_array_header_1_0(file)
            self._start = file.tell()
        self._row = int(np.prod(self.shape[1:], dtype=int)) * self.dtype.itemsize
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: int | np.integer[Any] | slice | Indices) -> Array:
        """A copy of these rows, in this order; of a single one without the first dimension."""
        if isinstance(rows, int | np.integer):
            row: Array = self._read([(int(rows), int(rows) + 1)])[0]
            return row
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            return self._read([(start, max(start, stop))])
        # Neighbours are read together: a role's indices ascend.
        cuts = np.flatnonzero(np.diff(rows) != 1) + 1
        runs = np.split(rows, cuts) if len(rows) else []
        return self._read([(int(run[0]), int(run[-1]) + 1) for run in runs])

    def _read(self, runs: Sequence[tuple[int, int]]) -> Array:
        count = sum(stop - start for start, stop in runs)
        content = np.empty((count, self._row), np.uint8)
        at = 0
        for start, stop in runs:
            target = content[at : at + stop - start].reshape(-1).data
            offset = self._start + start * self._row
            while target:
                read = os.preadv(self._file, [target], offset)
                if read == 0:
                    raise OSError("The file of the samples ended early.")
                target, offset = target[read:], offset + read
            at += stop - start
        return content.reshape(-1).view(self.dtype).reshape((count, *self.shape[1:]))


def open_rows(path: Path) -> Rows | Array:
    """The array in an `.npy` file: mapped if it is small, otherwise read row by row."""
    if path.stat().st_size > LARGEST_MAPPED:
        return Rows(path)
    array: Array = np.load(path, mmap_mode="r")
    return array
