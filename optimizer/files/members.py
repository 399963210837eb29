"""files/: the files inside a folder or a zip, looked at without unpacking them all."""

import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from optimizer.files.archive import (
    DAMAGED,
    Limits,
    check_directory,
    check_members,
    extract_member,
)
from optimizer.words import reason

HEAD = 256  # bytes; enough to tell every format of models
LEFT_BEHIND = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin"}
"""What systems put into folders; names that begin with a full stop are theirs too."""


class Members(Protocol):
    """The files of a folder or a zip, or one file by itself.

    Attributes:
        kind: What messages call it: "zip", "folder" or "file".
        names: The paths of all files inside, parted by “/”, sorted; what systems leave behind is
            not among them.
    """

    @property
    def kind(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def size(self, name: str) -> int:
        """Bytes of one file."""

    def open(self, name: str) -> IO[bytes]:
        """Opens a file; several may be open at once, in one thread. Damage raises `DAMAGED`."""

    def read(self, name: str) -> bytes:
        """The content of a file, in any thread. Damage raises `DAMAGED`."""

    def head(self, name: str) -> bytes:
        """The first `HEAD` bytes of a file.

        Raises:
            LiteweighError: as the limits say: it is damaged.
        """

    def copy(self, name: str, target: Path) -> Path:
        """Writes a file to `target`, whose folder is made, and returns that.

        Raises:
            LiteweighError: as the limits say: it is damaged.
        """


def open_members(path: Path, limits: Limits) -> Members:
    """The files of the folder or zip at `path`; of another file it alone.

    Raises:
        LiteweighError: as `limits` say: the zip is damaged, or it holds what it may not.
    """
    if path.is_dir():
        return FolderMembers(path, limits)
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    return ZipMembers(path, limits) if zipped else OneFile(path, limits)


class FolderMembers:
    """See `Members`."""

    kind = "folder"

    def __init__(self, folder: Path, limits: Limits) -> None:
        """Refuses a folder of more files than the limits allow."""
        self._folder, self._limits = folder, limits
        names: list[str] = []
        for parent, _, files in os.walk(folder):
            paths = (Path(parent, file) for file in files)
            names += [path.relative_to(folder).as_posix() for path in paths if path.is_file()]
            if len(names) > limits.members:
                raise limits.error(
                    f"The folder holds more than {limits.members:,} files, which no {limits.what} "
                    f"has. Choose the {limits.what}'s own folder."
                )
        self.names = _kept(names)

    def size(self, name: str) -> int:
        """See `Members`."""
        return (self._folder / name).stat().st_size

    def open(self, name: str) -> IO[bytes]:
        """See `Members`."""
        return (self._folder / name).open("rb")

    def read(self, name: str) -> bytes:
        """See `Members`."""
        return (self._folder / name).read_bytes()

    def head(self, name: str) -> bytes:
        """See `Members`."""
        try:
            with self.open(name) as file:
                return file.read(HEAD)
        except OSError as error:
            raise self._unreadable(name, error) from error

    def copy(self, name: str, target: Path) -> Path:
        """See `Members`: a file that nobody may change is linked, not copied."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            link_or_copy(self._folder / name, target)
        except OSError as error:
            raise self._unreadable(name, error) from error
        return target

    def _unreadable(self, name: str, error: OSError) -> Exception:
        return self._limits.error(
            f"“{name}” in the {self.kind} cannot be read ({error.strerror}). Check the file, and "
            "that this user may read it."
        )


class OneFile(FolderMembers):
    """See `Members`."""

    kind = "file"

    def __init__(self, path: Path, limits: Limits) -> None:
        self._folder, self._limits = path.parent, limits
        self.names = (path.name,)


class ZipMembers:
    """See `Members`."""

    kind = "zip"

    def __init__(self, path: Path, limits: Limits) -> None:
        """Reads the zip's directory; refuses what no upload needs, see `check_members`."""
        self._lock, self._limits = threading.Lock(), limits
        check_directory(path, limits)
        try:
            self._archive = zipfile.ZipFile(path)
            members = check_members(self._archive, limits)
        except DAMAGED as error:
            raise self._damaged(error) from error
        # With “/”, where Windows writes “\”.
        self._members = {member.filename.replace("\\", "/"): member for member in members}
        self.names = _kept(self._members)

    def size(self, name: str) -> int:
        """See `Members`."""
        return self._members[name].file_size

    def open(self, name: str) -> IO[bytes]:
        """See `Members`."""
        return self._archive.open(self._members[name])

    def read(self, name: str) -> bytes:
        """See `Members`."""
        with self._lock:  # ZipFile counts its open members without one
            return self._archive.read(self._members[name])

    def head(self, name: str) -> bytes:
        """See `Members`."""
        try:
            with self.open(name) as file:
                return file.read(HEAD)
        except DAMAGED as error:
            raise self._damaged(error) from error

    def copy(self, name: str, target: Path) -> Path:
        """See `Members`."""
        extract_member(self._archive, self._members[name], target, self._limits)
        return target

    def _damaged(self, error: Exception) -> Exception:
        return self._limits.error(
            f"The zip is damaged or incomplete ({reason(error)}). {self._limits.again}."
        )


@contextmanager
def as_file(members: Members, name: str) -> Iterator[Path]:
    """A member as a file of its own, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        yield members.copy(name, Path(folder) / "member")


def link_or_copy(source: Path | str, target: Path | str) -> None:
    """Gives a file a second name where nobody may write to it; copies it otherwise.

    Uploads are kept read-only, by their hash. A file of the user's own may change under its name,
    and a study must not change with it.
    """
    source, target = Path(source), Path(target)
    if not source.stat().st_mode & 0o222:
        try:
            os.link(source, target)
        except OSError:  # another disk, or one that has no links
            pass
        else:
            return
    shutil.copyfile(source, target)


def copy_folder(source: Path, target: Path, but: Collection[str] = ()) -> None:
    """Gives the files of a folder a second place, see `link_or_copy`.

    Unlike with `shutil.copytree`, rights and times are not copied: a worker may not set them.

    Args:
        source: The folder.
        target: Made by this.
        but: Names right in `source` that are left out.
    """
    target.mkdir()
    for entry in source.iterdir():
        if entry.name in but:
            continue
        if entry.is_dir():
            copy_folder(entry, target / entry.name)
        else:
            link_or_copy(entry, target / entry.name)


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


def _kept(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not _is_left_behind(name)))


def _is_left_behind(name: str) -> bool:
    parts = name.split("/")
    return any(part.startswith(".") or part.lower() in LEFT_BEHIND for part in parts)
