"""data/: reads a user's `.npz` into `.npy` files that can be memory-mapped."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from optimizer.errors import DataError
from optimizer.models.archive import DAMAGED

EXPECTED = "Save it with np.savez('data.npz', x=…, y=…), or with x_train, y_train, x_test, y_test"
LARGEST_ARRAY = 16 * 2**30  # bytes; a header that declares more is damaged or hostile
NAMES = ("x", "y", "x_train", "y_train", "x_test", "y_test")
CHUNK = 2**20


def unpack(path: Path, folder: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Unpacks the known arrays of the `.npz` at `path` into `folder` and maps them.

    Returns:
        Arrays by name (`x`, `y`, `x_train`, …), memory-mapped and read-only.

    Raises:
        DataError: it is no `.npz`, holds no inputs, or holds pickled or damaged arrays.
    """
    if path.stat().st_size == 0:
        raise DataError(f"The data file is empty (0 bytes). {EXPECTED}.")
    try:
        with zipfile.ZipFile(path) as archive:
            found = {m.filename.removesuffix(".npy"): m for m in archive.infolist()}
            if not {"x", "x_train", "x_test"} & set(found):
                names = ", ".join(sorted(found)[:6]) or "nothing"
                raise DataError(
                    f"The .npz has no inputs: found {names}, expected x or x_train. {EXPECTED}."
                )
            return {
                name: _unpack_array(archive, found[name], folder / f"{name}.npy")
                for name in NAMES
                if name in found
            }
    except DAMAGED as error:
        raise DataError(
            f"The file is not a readable .npz ({error}). {EXPECTED}, and upload it again."
        ) from error


def _unpack_array(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path
) -> npt.NDArray[np.generic]:
    name = member.filename.removesuffix(".npy")
    try:
        with archive.open(member) as source:
            version = npy_format.read_magic(source)
            reader = (
                npy_format.read_array_header_1_0
                if version == (1, 0)
                else npy_format.read_array_header_2_0
            )
            shape, _, dtype = reader(source)
    except ValueError as error:
        raise DataError(
            f"“{name}” in the .npz is not a NumPy array ({error}). {EXPECTED}."
        ) from error
    if dtype.hasobject:
        raise DataError(
            f"“{name}” holds Python objects, which would have to run code to be read. "
            "Convert it to numbers, e.g. np.asarray(x, 'float32'), and save it again."
        )
    if dtype.kind not in "biuf":
        raise DataError(
            f"“{name}” holds values of type {dtype}; numbers are expected. Turn texts into numbers "
            "(classes from 0 in the order of the model's outputs) and save it again."
        )
    size = int(np.prod([int(s) for s in shape], dtype=object)) * dtype.itemsize
    if size > LARGEST_ARRAY or member.file_size > LARGEST_ARRAY:
        raise DataError(
            f"“{name}” declares {max(size, member.file_size) / 2**30:,.1f} GB; at most "
            f"{LARGEST_ARRAY / 2**30:.0f} GB are accepted. Save fewer samples."
        )
    with archive.open(member) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, CHUNK)
    try:
        array: npt.NDArray[np.generic] = np.load(target, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        if 0 in shape:
            return np.empty(shape, dtype)
        raise DataError(
            f"“{name}” in the .npz is shorter than it declares ({error}). Save it again."
        ) from error
    return array
