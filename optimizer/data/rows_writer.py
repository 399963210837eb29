"""data/: writes samples one after another into an `.npy` file, and looks at their values."""

import shutil
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.lib import format as npy_format

from optimizer.arrays import Array
from optimizer.errors import DataError

LEFT_FREE = 2**30  # bytes of the disk that data never take


class RowsWriter:
    """An `.npy` file that grows; how many rows it has is known when it is closed.

    Attributes:
        count: Rows so far.
        low, high: The smallest and the largest value so far.
        bad: Values so far that are NaN or infinite.
        broken: Whether a value had a fraction.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: str) -> None:
        """Opens the file for rows of `shape`, which are converted to `dtype`."""
        self.shape, self.dtype = shape, np.dtype(dtype).newbyteorder("=")
        self.count, self.bad, self.broken = 0, 0, False
        self.low, self.high = np.inf, -np.inf
        self._file = path.open("wb")
        self._write_header()

    def __enter__(self) -> "RowsWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def add(self, rows: Array) -> None:
        """Appends rows of shape (n, *shape)."""
        if not rows.size:
            return
        if rows.dtype.kind == "f":
            bad = int(np.count_nonzero(~np.isfinite(rows)))
            self.bad += bad
            self.broken = self.broken or bool(bad or (rows != np.rint(rows)).any())
        self.low = min(self.low, float(np.min(rows)))
        self.high = max(self.high, float(np.max(rows)))
        self._file.write(np.ascontiguousarray(rows, self.dtype).reshape(-1).view(np.uint8).data)
        self.count += len(rows)

    def _write_header(self) -> None:
        # numpy leaves room in the header for the number of rows, so its length stays the same.
        description = {
            "descr": npy_format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.count, *self.shape),
        }
        npy_format.write_array_header_1_0(self._file, description)


def check_space(folder: Path, needed: int) -> None:
    """Refuses data that the disk cannot hold.

    Args:
        folder: Where they would go.
        needed: Bytes.

    Raises:
        DataError: names what they take and what is free.
    """
    free = shutil.disk_usage(folder).free
    if needed > free - LEFT_FREE:
        raise DataError(
            f"The data take {needed / 2**30:,.1f} GB unpacked, but the disk has "
            f"{free / 2**30:,.1f} GB free, of which {LEFT_FREE / 2**30:.0f} GB stay so. Free some "
            "space, or use fewer samples."
        )
