"""files/: folders into which somebody writes who is not trusted: looked at without being led away.

Whoever opens a path there by its name follows every link in it. Here each name is opened in the
folder before it, and a link, a pipe or a device is none of the things that are read or taken.
"""

import os
import stat
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from optimizer.files import clone

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe waits until somebody writes into it.
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
OWNER_READS, RIGHTS = 0o600, 0o777


class NotPlainError(Exception):
    """There is something else than files and folders, or too much; the message is a phrase."""


@dataclass
class Bounds:
    """How much may be taken; what is taken is counted off.

    Attributes:
        files: Files and folders.
        size: Bytes of all files.
        depth: Folders inside each other.
    """

    files: int
    size: int
    depth: int = 32

    def count(self, size: int) -> None:
        """Counts a file or folder.

        Raises:
            NotPlainError: that is too much.
        """
        self.files -= 1
        self.size -= size
        if self.files < 0:
            raise NotPlainError("too many files")
        if self.size < 0:
            raise NotPlainError("too many bytes")


def read(folder: Path, name: PurePath | str, most: int) -> bytes | None:
    """The last bytes of a file, `most` of them at most.

    Args:
        folder: Where somebody writes; this path itself is ours.
        name: The file's path inside of it.
        most: Bytes.

    Returns:
        None where there is no such plain file.
    """
    parts = PurePath(name).parts
    try:
        with _opened(folder) as first:
            descriptor = os.dup(first)
            for number, part in enumerate(parts):
                flags = OPEN_FOLDER if number < len(parts) - 1 else OPEN_FILE
                try:
                    inner = os.open(part, flags, dir_fd=descriptor)
                finally:
                    os.close(descriptor)
                descriptor = inner
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - most))
            return file.read(most)
    except OSError:  # it is not there, a link, or behind one
        return None


def take(
    folder: Path,
    target: Path,
    bounds: Bounds,
    *,
    strict: bool,
    apart: bool,
    but: Collection[str] = (),
) -> None:
    """Moves all plain files and folders of `folder` into `target`.

    Folders are made anew and files put into them one by one, so whoever still has `folder` open
    has no way into `target`; a file that has another name elsewhere is copied for the same reason.
    When it was interrupted it can be called again.

    Args:
        folder: Where somebody wrote, and may still write.
        target: A folder of ours; nobody else writes there.
        bounds: What is taken at most.
        strict: Whether to refuse what is not plain; else it stays where it is.
        apart: Whether somebody may have the files open, and change them later by that: then all
            are copied. (Linux tells who has a file open, but not who holds it by O_PATH and opens
            it again through /proc.) Else they are renamed, which takes no time and no room.
        but: Names right in `folder` that stay there.

    Raises:
        NotPlainError: there is something that is not taken; what was taken stays in `target`.
        OSError: the disk does not take it.
    """
    with _opened(folder) as source, _opened(target) as to:
        names = [name for name in _names(source) if name not in but]
        _take_all(names, source, to, _How(bounds, strict, apart), depth=0)


@dataclass(frozen=True)
class _How:
    """See `take`."""

    bounds: Bounds
    strict: bool
    apart: bool


def _take_all(names: Iterable[str], source: int, target: int, how: _How, depth: int) -> None:
    for name in names:
        with nullcontext() if how.strict else suppress(NotPlainError):
            _take_one(source, target, name, how, depth)


def _take_one(source: int, target: int, name: str, how: _How, depth: int) -> None:
    kind = os.lstat(name, dir_fd=source)
    if stat.S_ISDIR(kind.st_mode):
        how.bounds.count(0)
        if depth == how.bounds.depth:
            raise NotPlainError("folders too deep inside each other")
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=target)
        with _opened(name, source) as inner, _opened(name, target) as to:
            _take_all(_names(inner), inner, to, how, depth + 1)
        with suppress(OSError):  # something that is not taken is in it
            os.rmdir(name, dir_fd=source)
        return
    if not stat.S_ISREG(kind.st_mode):  # looked at again once nobody can change it any more
        raise NotPlainError(f"“{_shown(name)}”, which is no plain file")
    _move_file(source, target, name, how)


def _move_file(source: int, target: int, name: str, how: _How) -> None:
    """Moves a file into a folder of ours, where it is looked at anew.

    Raises:
        NotPlainError: it has become something else, or is too much.
    """
    arriving = f".{uuid.uuid4().hex}"
    try:
        copied = how.apart or not _renamed(source, target, name, arriving)
        place = (source, name) if copied else (target, arriving)
        with _file(*place) as content:
            found = os.fstat(content)
            how.bounds.count(found.st_size)
            if not copied and found.st_nlink > 1:
                os.unlink(arriving, dir_fd=target)
            if copied or found.st_nlink > 1:
                clone.copy(content, arriving, target, most=found.st_size)
        mode = stat.S_IMODE(found.st_mode) & RIGHTS | OWNER_READS
        os.chmod(arriving, mode, dir_fd=target)
        os.rename(arriving, name, src_dir_fd=target, dst_dir_fd=target)
    except BaseException:
        with suppress(OSError):
            os.unlink(arriving, dir_fd=target)
        raise
    if copied:
        with suppress(OSError):  # it has become a folder
            os.unlink(name, dir_fd=source)


def _renamed(source: int, target: int, name: str, arriving: str) -> bool:
    try:
        os.rename(name, arriving, src_dir_fd=source, dst_dir_fd=target)
    except OSError:  # another disk
        return False
    return True


@contextmanager
def _file(folder: int, name: str) -> Iterator[int]:
    """A plain file, open to be read.

    Raises:
        NotPlainError: it is none.
    """
    try:
        descriptor = os.open(name, OPEN_FILE, dir_fd=folder)
    except OSError as error:
        raise NotPlainError(f"“{_shown(name)}”, which cannot be read ({error.strerror})") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotPlainError(f"“{_shown(name)}”, which is no plain file")
        yield descriptor
    finally:
        os.close(descriptor)


def delete(folder: Path) -> None:
    """Deletes a folder with all that is in it, however deep; what cannot be deleted stays."""
    with suppress(OSError), _opened(folder) as top:
        while _flatten(top):
            pass
        folder.rmdir()


def empty(folder: Path) -> None:
    """Deletes all that is in a folder, however deep; what cannot be deleted stays."""
    with suppress(OSError), _opened(folder) as top:
        while _flatten(top):
            pass


def _flatten(top: int) -> bool:
    """Deletes files, and moves what is in folders up by one; whether there is more to do."""
    before = _names(top)
    for name in before:
        with suppress(OSError):
            if not stat.S_ISDIR(os.lstat(name, dir_fd=top).st_mode):
                os.unlink(name, dir_fd=top)
                continue
            with _opened(name, top) as inner:
                for child in _names(inner):
                    _lift(child, inner, top)
            os.rmdir(name, dir_fd=top)
    left = _names(top)
    return bool(left) and set(left) != set(before)


def _lift(child: str, inner: int, top: int) -> None:
    with suppress(OSError):
        if stat.S_ISDIR(os.lstat(child, dir_fd=inner).st_mode):
            os.rename(child, f".{uuid.uuid4().hex}", src_dir_fd=inner, dst_dir_fd=top)
        else:
            os.unlink(child, dir_fd=inner)


@contextmanager
def _opened(name: Path | str, inside: int | None = None) -> Iterator[int]:
    """A folder by its descriptor; inside of another one it must be no link."""
    flags = OPEN_FOLDER if inside is not None else OPEN_FOLDER & ~os.O_NOFOLLOW
    descriptor = os.open(name, flags, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _names(folder: int) -> list[str]:
    return os.listdir(folder)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:80]
