"""data/boxes/: anchors from a file: an array, or numbers as text."""

import re
from pathlib import Path

import numpy as np

from optimizer.arrays import Float64s
from optimizer.data.sources.npy import open_npy
from optimizer.errors import DataError

LARGEST = 64 * 2**20  # bytes of a file
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
WORD = re.compile(r"[A-DF-Za-df-z]\w*")
PIECE = 65_536  # rows


def read_anchors(path: Path) -> Float64s:
    """The anchors of a file, flat: an `.npy`, or text with numbers in any brackets.

    Raises:
        DataError: it holds no finite numbers.
    """
    if path.stat().st_size > LARGEST:
        raise DataError(f"{path.name} is larger than {LARGEST // 2**20} MB, as no anchors are.")
    with path.open("rb") as file:
        head = file.read(6)
    if head == b"\x93NUMPY":
        array = open_npy(path.name, ".npy", path.stat().st_size, lambda: path.open("rb"))
        if array.dtype.kind not in "iuf" or len(array.shape) not in {1, 2, 3}:
            raise _no_anchors(path)
        values = np.concatenate([np.zeros((0, *array.shape[1:])), *array.rows(PIECE)])
    else:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise _no_anchors(path) from error
        values = np.array([float(one) for one in NUMBER.findall(WORD.sub(" ", text))])
    if not values.size or not np.isfinite(values).all():
        raise _no_anchors(path)
    return np.asarray(values, np.float64).reshape(-1)


def _no_anchors(path: Path) -> DataError:
    return DataError(
        f"{path.name} holds no anchors: expected an .npy of numbers, or a text of them, such as "
        "10,13, 16,30, 33,23."
    )
