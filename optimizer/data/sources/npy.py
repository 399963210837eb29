"""data/sources/: one `.npy` array, read row by row from any stream."""

import io
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.lib import format as npy_format

from optimizer.arrays import Array
from optimizer.errors import DataError
from optimizer.files.archive import DAMAGED
from optimizer.words import reason

LARGEST_ARRAY = 64 * 2**30  # bytes; a header that declares more is damaged or hostile
LARGEST_HEADER = 2**16  # bytes; NumPy's own limit is 10,000
MOST_DIMENSIONS = 32  # of an array in every version of NumPy
EXPECTED = "Save it with np.savez('data.npz', x=…, y=…), or with x_train, y_train, x_test, y_test"


@dataclass(frozen=True)
class Npy:
    """An array that is still in its file.

    Attributes:
        name: What messages call it.
        where: What it lies in, for messages.
        shape: Its shape.
        dtype: The type of its values: numbers, or text of fixed width.
        fortran: Whether columns come first in the file.
        header: Bytes before the values.
        open: Opens the file from its beginning.
    """

    name: str
    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran: bool
    header: int
    open: Callable[[], IO[bytes]]

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(np.prod(self.shape[1:], dtype=int)) * self.dtype.itemsize

    def rows(self, step: int) -> Iterator[Array]:
        """All rows, `step` at a time.

        Raises:
            DataError: the file is damaged.
        """
        if self.fortran:
            yield from self._columns_first(step)
            return
        with self._source() as source:
            for start in range(0, self.shape[0], step):
                count = min(step, self.shape[0] - start)
                content = self._read(source, count * self.row_bytes)
                yield np.frombuffer(content, self.dtype).reshape(count, *self.shape[1:])
            self._read(source, 0)  # at the end of a zip's member its checksum is compared

    def _columns_first(self, step: int) -> Iterator[Array]:
        with self._source() as source:
            content = self._read(source, self.shape[0] * self.row_bytes)
            self._read(source, 0)
        array = np.frombuffer(content, self.dtype).reshape(self.shape, order="F")
        for start in range(0, self.shape[0], step):
            yield array[start : start + step]

    def _source(self) -> IO[bytes]:
        source = self.open()
        self._read(source, self.header)
        return source

    def _read(self, source: IO[bytes], size: int) -> bytes:
        try:
            content = source.read(size) if size else source.read(1)
        except DAMAGED as error:
            raise damaged(self.where, error) from error
        if len(content) < size:
            raise self.shorter()
        return content

    def shorter(self) -> DataError:
        """The error for an array whose values are not all there."""
        return DataError(
            f"“{self.name}” in the {self.where} is shorter than it declares. Save it again."
        )


def open_npy(name: str, where: str, size: int, opened: Callable[[], IO[bytes]]) -> Npy:
    """Reads the header of an array.

    Args:
        name: What messages call it.
        where: What it lies in, for messages.
        size: Bytes of the file.
        opened: Opens the file from its beginning.

    Raises:
        DataError: it is no array, or one of objects or of absurd size.
    """
    try:
        with opened() as source:
            header = _header(source)
            shape, fortran, dtype = (
                npy_format.read_array_header_1_0(header)
                if npy_format.read_magic(header) == (1, 0)
                else npy_format.read_array_header_2_0(header)
            )
        if min(shape, default=0) < 0:
            raise ValueError("a negative size")
        if len(shape) > MOST_DIMENSIONS:
            raise ValueError(f"{len(shape):,} dimensions")
    except (ValueError, tokenize.TokenError) as error:  # NumPy reads a header like Python code
        raise DataError(
            f"“{name}” in the {where} is not a NumPy array ({reason(error)}). {EXPECTED}."
        ) from error
    except DAMAGED as error:
        raise damaged(where, error) from error
    if dtype.hasobject:
        raise DataError(
            f"“{name}” holds Python objects, which would have to run code to be read. "
            "Convert it to numbers, e.g. np.asarray(x, 'float32'), and save it again."
        )
    content = int(np.prod([int(s) for s in shape], dtype=object)) * dtype.itemsize
    if max(content, size) > LARGEST_ARRAY:
        raise DataError(
            f"“{name}” declares {max(content, size) / 2**30:,.1f} GB; at most "
            f"{LARGEST_ARRAY / 2**30:.0f} GB are accepted. Save fewer samples."
        )
    array = Npy(name, where, shape, dtype, fortran and len(shape) > 1, header.tell(), opened)
    if header.tell() + content > size:
        raise array.shorter()
    return array


def _header(source: IO[bytes]) -> io.BytesIO:
    """What stands before the values. NumPy would read as much as the length says, 4 GB at most."""
    start = source.read(12)
    version = start[6:7]
    length = int.from_bytes(start[8:10] if version == b"\1" else start[8:12], "little")
    if length > LARGEST_HEADER:
        raise ValueError(f"a header of {length:,} bytes")
    return io.BytesIO(start + source.read(length + 12 - len(start)))


def damaged(where: str, error: BaseException) -> DataError:
    """The error for a file whose bytes are wrong."""
    return DataError(
        f"The file is not a readable {where} ({reason(error)}). {EXPECTED}, and upload it again."
    )
