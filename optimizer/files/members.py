"""files/: the files inside a zip or a folder, looked at without unpacking them all."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from optimizer.errors import ModelError
from optimizer.files.archive import DAMAGED, MOST_MEMBERS, check_members, extract_member
from optimizer.words import reason

HEAD = 256  # bytes; enough to tell every format


class Members(Protocol):
    """The files of a zip or a folder.

    Attributes:
        kind: "zip" or "folder".
        names: Paths inside of it with slashes; what systems add for themselves is left out.
    """

    kind: str
    names: Sequence[str]

    def size(self, name: str) -> int:
        """Bytes of one file."""

    def head(self, name: str) -> bytes:
        """Its first bytes."""

    def copy(self, name: str, target: Path) -> None:
        """Writes it to `target`."""


class ZipMembers:
    """See `Members`."""

    kind = "zip"

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Refuses a zip that no model needs: see `check_members`."""
        self._archive = archive
        self._members = {
            member.filename.replace("\\", "/"): member  # as Windows writes them
            for member in check_members(archive)
            if not _is_noise(member.filename)
        }
        self.names: Sequence[str] = tuple(self._members)

    def size(self, name: str) -> int:
        """See `Members`."""
        return self._members[name].file_size

    def head(self, name: str) -> bytes:
        """See `Members`."""
        with self._archive.open(self._members[name]) as file:
            return file.read(HEAD)

    def copy(self, name: str, target: Path) -> None:
        """See `Members`."""
        extract_member(self._archive, self._members[name], target)


class FolderMembers:
    """See `Members`."""

    kind = "folder"

    def __init__(self, folder: Path) -> None:
        """Refuses a folder of more files than a model has."""
        self._folder = folder
        names = []
        for parent, _, files in os.walk(folder):
            names += [(Path(parent, file).relative_to(folder)).as_posix() for file in files]
            if len(names) > MOST_MEMBERS:
                raise ModelError(
                    f"The folder holds more than {MOST_MEMBERS:,} files, which no model has. "
                    "Choose the model's own folder."
                )
        self.names: Sequence[str] = tuple(sorted(name for name in names if not _is_noise(name)))

    def size(self, name: str) -> int:
        """See `Members`."""
        return (self._folder / name).stat().st_size

    def head(self, name: str) -> bytes:
        """See `Members`."""
        with (self._folder / name).open("rb") as file:
            return file.read(HEAD)

    def copy(self, name: str, target: Path) -> None:
        """See `Members`: a file that nobody may change is linked, not copied."""
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(self._folder / name, target)


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """The files of the zip or folder at `path`.

    Raises:
        ModelError: the zip is damaged, or holds what no model has.
    """
    if path.is_dir():
        yield FolderMembers(path)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield ZipMembers(archive)
    except DAMAGED as error:
        raise ModelError(
            f"The zip is damaged or incomplete ({reason(error)}). Save or upload the model again."
        ) from error


@contextmanager
def as_file(members: Members, name: str) -> Iterator[Path]:
    """A member as a file of its own, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "member"
        members.copy(name, target)
        yield target


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


def _is_noise(name: str) -> bool:
    """Whether a system put it there: macOS adds a shadow of each file to a zip."""
    path = PurePosixPath(name.replace("\\", "/"))
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name == ".DS_Store"
