"""models/: refuses HDF5 files that point at other files, or declare more than they hold.

HDF5 can keep a dataset's values in any file of the machine (external links, external storage,
virtual datasets) and reads it without asking: the user's weights would then be the server's
secrets. The file is walked here without following anything.
"""

from pathlib import Path
from typing import Any

import h5py
from h5py import h5d, h5l, h5o

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.words import reason

# Datasets that declare more than both of these are not data: chunks that were never written cost
# nothing in the file and everything in memory. Keras does not compress; gzip rarely reaches 1:32.
LARGEST_DECLARED = 64 * 2**20  # bytes
LARGEST_RATIO = 32  # times the size of the file
DEEPEST = 100  # groups in one another; models within models make a few
UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, TypeError, SystemError, MemoryError)
"""What h5py raises on wrong bytes, depending on where they are."""
SAVE_AGAIN = "Save the whole model into one file with model.save('model.keras') and upload that."


def check_hdf5(path: Path) -> int:
    """Refuses an HDF5 file that reads other files or declares too much.

    Returns:
        Bytes of all values that are stored in it.

    Raises:
        ModelError: names the link or dataset; or the file is damaged.
    """
    size = path.stat().st_size
    most = max(LARGEST_DECLARED, size, min(LARGEST_RATIO * size, MODEL.content))
    declared = 0

    def look(name: bytes, info: Any) -> str | None:
        """What is wrong with a link; h5py stops its walk at the first answer."""
        nonlocal declared
        shown = f"“{name.decode('utf-8', 'replace')}” in the HDF5 file"
        if info.type != h5l.TYPE_HARD or name.count(b"/") >= DEEPEST:
            return _not_followed(name, info, shown)
        thing = h5o.open(file.id, name)
        if not isinstance(thing, h5d.DatasetID):
            return None
        stored = thing.get_create_plist()
        if stored.get_layout() == h5d.VIRTUAL or stored.get_external_count():
            return f"{shown} keeps its values in another file, which is not read. {SAVE_AGAIN}"
        values = thing.get_type().get_size()
        for length in thing.shape or ():
            values *= length
        declared += values
        if declared > most:
            return (
                f"{shown} declares {values / 2**30:,.1f} GB of values, far more than the file "
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


def _not_followed(name: bytes, info: Any, shown: str) -> str | None:
    """What is wrong with a link that does not lead to a thing that lies near."""
    if name.count(b"/") >= DEEPEST:  # each is looked up from the top, which takes minutes
        return f"The HDF5 file holds more than {DEEPEST} groups in one another. Save it again."
    if info.type == h5l.TYPE_SOFT:  # stays within the file
        return None
    return f"{shown} is a link to another file, which is not followed here. {SAVE_AGAIN}"
