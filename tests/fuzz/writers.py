"""tests/fuzz: what writes a file anew from what a check understood of it.

Another one is another line of `WRITERS`.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from optimizer.models.trust import make_canonical, write_canonical_tflite
from tests.archives import unpack


@dataclass(frozen=True)
class Writer:
    """A canonical writer under test.

    Attributes:
        write: Puts what it understood of a file or folder in its place.
        suffixes: Which files of the corpus it starts from.
        prepare: Given such a file and an empty folder, makes in it what is written anew; None where
            there is nothing that a user could bring.
    """

    write: Callable[[Path], object]
    suffixes: tuple[str, ...]
    prepare: Callable[[Path, Path], Path | None]


def unpacked(path: Path, folder: Path) -> Path | None:
    """A SavedModel out of its zip."""
    unpack(path, folder)
    return folder if (folder / "saved_model.pb").is_file() else None


def copied(path: Path, folder: Path) -> Path:
    """A file, which is what a user brings."""
    return Path(shutil.copy(path, folder))


def rewrite(path: Path) -> None:
    """Puts the new file in the place of the old one, which a user keeps."""
    made = path.with_name("made")
    write_canonical_tflite(path, made)
    made.replace(path)


WRITERS = {
    "SavedModels": Writer(make_canonical, ("saved_model.zip",), unpacked),
    "tflite": Writer(rewrite, (".tflite",), copied),
}
