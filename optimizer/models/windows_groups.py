"""models/: `.keras` files of Keras 2 that were written on Windows.

There Keras 2 joined the names of groups by backslashes: its weights lie in `layers\\dense`, where
it looks for `layers/dense` everywhere else, and finds none.
"""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py

from optimizer.files.archive import DAMAGED, MODEL, extract_member

WEIGHTS = "model.weights.h5"
BACKSLASH = "\\"


@contextmanager
def with_plain_groups(path: Path) -> Iterator[Path]:
    """The file as Keras 2 reads it here: itself, or a copy for the time being.

    Args:
        path: A `.keras` file whose members were checked.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        yield copy if _rewritten(path, copy) else path


def _rewritten(path: Path, copy: Path) -> bool:
    weights = copy.with_name(WEIGHTS)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename == WEIGHTS:
                    extract_member(archive, member, weights, MODEL)
            if not weights.exists() or not _renamed(weights):
                return False
            with zipfile.ZipFile(copy, "w") as plain:
                for member in archive.infolist():
                    if member.filename != WEIGHTS:
                        with archive.open(member) as stored, plain.open(member, "w") as target:
                            shutil.copyfileobj(stored, target)
                plain.write(weights, WEIGHTS)
    except DAMAGED:  # whoever opens it says so
        return False
    return True


def _renamed(weights: Path) -> bool:
    """Whether the file had groups named so; none has after this."""
    with h5py.File(weights, "r") as file:
        names = sorted(name for name in file if BACKSLASH in name)
    if not names:
        return False
    with h5py.File(weights, "r+") as file:
        for name in names:
            file.move(name, name.replace(BACKSLASH, "/"))
    return True
