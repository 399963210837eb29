"""files/: the files of a folder or of a zip, without unpacking it."""

import shutil
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from optimizer.errors import DataError
from optimizer.files.archive import DAMAGED, Limits, check_members
from optimizer.words import reason

LIMITS = Limits(64 * 2**30, 1_000_000, "data set", DataError)
DATA = Limits(content=64 * 2**30, members=1_000_000, what="dataset", error=DataError)
LEFT_BEHIND = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin"}
"""What systems put into folders; names that begin with a full stop are theirs too."""


class Tree(Protocol):
    """Files by their paths inside, parted by “/”.

    Attributes:
        title: What messages call it.
        names: The paths of all files, sorted, but for what systems leave behind.
    """

    @property
    def title(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def open(self, name: str) -> IO[bytes]:
        """Opens a file; several may be open at once, in one thread."""

    def read(self, name: str) -> bytes:
        """The content of a file, in any thread."""

    def size(self, name: str) -> int:
        """Bytes of a file."""


class FolderTree:
    """The files of a folder; see `Tree`."""

    title = "folder"

    def __init__(self, path: Path) -> None:
        self.path = path
        files = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        self.names = _kept(list(files))

    def open(self, name: str) -> IO[bytes]:
        """See `Tree.open`."""
        return (self.path / name).open("rb")

    def read(self, name: str) -> bytes:
        """See `Tree.read`."""
        return (self.path / name).read_bytes()

    def size(self, name: str) -> int:
        """See `Tree.size`."""
        return (self.path / name).stat().st_size


class ZipTree:
    """The files of a zip; see `Tree`."""

    title = "zip"

    def __init__(self, path: Path) -> None:
        """Reads the zip's directory.

        Raises:
            DataError: it is damaged, or larger than any data.
        """
        try:
            self._lock = threading.Lock()
            self._archive = zipfile.ZipFile(path)
            members = check_members(self._archive, LIMITS)
        except DAMAGED as error:
            raise DataError(
                f"The zip is damaged or incomplete ({reason(error)}). "
                "Make it again and upload that."
            ) from error
        self._members = {member.filename.replace("\\", "/"): member for member in members}
        self.names = _kept(list(self._members))

    def open(self, name: str) -> IO[bytes]:
        """See `Tree.open`."""
        return self._archive.open(self._members[name])

    def read(self, name: str) -> bytes:
        """See `Tree.read`."""
        with self._lock:  # ZipFile counts its open members without one
            return self._archive.read(self._members[name])

    def size(self, name: str) -> int:
        """See `Tree.size`."""
        return self._members[name].file_size


def copy_out(tree: Tree, name: str, target: Path) -> Path:
    """Copies one file out of `tree`; returns `target`.

    Raises:
        DataError: it is damaged.
    """
    try:
        with tree.open(name) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 2**20)
    except DAMAGED as error:
        raise DataError(
            f"“{name}” in the {tree.title} is damaged ({reason(error)}). Save it again."
        ) from error
    return target


def unwrapped(names: Sequence[str]) -> str:
    """The folders, with a closing “/”, that all files lie in: people zip the folder, not its files.

    The folder that the files themselves lie in counts too.
    """
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    common: list[str] = []
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        common.append(level[0])
    return "".join(f"{folder}/" for folder in common)


def _kept(names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not _is_left_behind(name)))


def _is_left_behind(name: str) -> bool:
    parts = name.split("/")
    return any(part.startswith(".") or part.lower() in LEFT_BEHIND for part in parts)
