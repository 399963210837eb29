"""models/: refuses HDF5 files that point at other files, or declare more than they hold.

HDF5 can keep a dataset's values in any file of the machine (external links, external storage,
virtual datasets) and reads it without asking: the user's weights would then be the server's
secrets. The file is walked here without following anything.
"""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import h5py
from h5py import h5d, h5l, h5o

from optimizer.errors import ModelError
from optimizer.files.archive import DAMAGED, MODEL, extract_member
from optimizer.words import reason

# Datasets that declare more than both of these are not data: chunks that were never written cost
# nothing in the file and everything in memory. Keras does not compress; gzip rarely reaches 1:32.
LARGEST_DECLARED = 64 * 2**20  # bytes
LARGEST_RATIO = 32  # times the size of the file
UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, TypeError, SystemError, MemoryError)
"""What h5py raises on wrong bytes, depending on where they are."""
SAVE_AGAIN = "Save the whole model into one file with model.save('model.keras') and upload that."


def check_links(path: Path) -> int:
    """Refuses an HDF5 file, or a `.keras` zip of one, that reads other files or declares too much.

    Returns:
        Bytes of all values that are stored in it.

    Raises:
        ModelError: names the link or dataset; or the file is damaged.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    if not zipped:
        return _check_file(path)
    stored = 0
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            for member in archive.infolist():
                if member.filename.endswith((".h5", ".hdf5")):
                    target = Path(folder, "weights.h5")
                    extract_member(archive, member, target, MODEL)
                    stored += _check_file(target)
                elif member.filename.endswith(".npz"):
                    stored += member.file_size
    except DAMAGED as error:
        raise ModelError(
            f"The zip is damaged or incomplete ({reason(error)}). {MODEL.again}."
        ) from error
    return stored


def _check_file(path: Path) -> int:
    most = max(LARGEST_DECLARED, LARGEST_RATIO * path.stat().st_size)
    declared = 0

    def look(name: bytes, info: Any) -> str | None:
        """What is wrong with a link; h5py stops its walk at the first answer."""
        nonlocal declared
        shown = f"“{name.decode('utf-8', 'replace')}” in the HDF5 file"
        if info.type == h5l.TYPE_SOFT:  # stays within the file
            return None
        if info.type != h5l.TYPE_HARD:
            return f"{shown} is a link to another file, which is not followed here. {SAVE_AGAIN}"
        thing = h5o.open(file.id, name)
        if not isinstance(thing, h5d.DatasetID):
            return None
        stored = thing.get_create_plist()
        if stored.get_layout() == h5d.VIRTUAL or stored.get_external_count():
            return f"{shown} keeps its values in another file, which is not read. {SAVE_AGAIN}"
        size = thing.get_type().get_size()
        for length in thing.shape or ():
            size *= length
        declared += size
        if declared > most:
            return (
                f"{shown} declares {size / 2**30:,.1f} GB of values, far more than the file "
                "holds. Save the model again."
            )
        return None

    try:
        with h5py.File(path, "r") as file:
            wrong = file.id.links.visit(look, info=True)
    except UNREADABLE as error:
        raise ModelError(
            f"The HDF5 file is damaged or incomplete ({reason(error)}). "
            "Save or upload the model again."
        ) from error
    if wrong:
        raise ModelError(wrong)
    return declared
