"""workers/: the folders of one worker process, and those of all workers of one server.

    WORKERS/RUN/        of one server; locked while it lives
        1/in/           what the process is given, to read
        1/out/          where it writes
        1/back          where that belongs, while there is a task: a server that finds this one
                        dead puts it there

They lie beside the studies, so that what goes in and out is linked and renamed, not copied.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from optimizer.files import left, locks
from optimizer.files.atomic import HALF_WRITTEN
from optimizer.files.left import Bounds
from optimizer.workers.sandbox import WORK

# More than any task leaves; a SavedModel has ten files, and one file is at most 64 GB.
MOST_FILES, MOST_BYTES = 100_000, 256 * 2**30
NEW, LOCK = ".new-", "lock"
AWAY = ".at-work"
"""In a task's folder, while a worker has what is in it: where."""
STAYS = (AWAY, WORK)
ABANDONED = 3600  # seconds


@dataclass(frozen=True)
class Cell:
    """The folders of one worker process.

    Attributes:
        folder: It exists.
    """

    folder: Path

    @property
    def inbox(self) -> Path:
        """What the process may read."""
        return self.folder / "in"

    @property
    def outbox(self) -> Path:
        """Where it may write."""
        return self.folder / "out"

    @property
    def back(self) -> Path:
        """Names the folder in the outbox that a task writes into, and the one that it is for."""
        return self.folder / "back"

    @classmethod
    def made(cls, folder: Path) -> "Cell":
        """A new one in `folder`, which is made.

        Raises:
            OSError: the disk does not take it.
        """
        cell = cls(folder)
        for place in (folder, cell.inbox, cell.outbox):
            place.mkdir()
        return cell

    def open_for(self, out: Path) -> Path:
        """Moves what is in `out` into the outbox; returns where it is now.

        From now on it is known where it belongs, also to a server that finds this one dead.

        Raises:
            OSError: the disk does not take it.
        """
        inside = self.outbox / uuid.uuid4().hex
        inside.mkdir()
        _write(self.back, f"{inside.name}\n{out}")
        _write(out / AWAY, str(self.folder))
        bounds = Bounds(MOST_FILES, MOST_BYTES)
        left.take(out, inside, bounds, strict=False, apart=False, but=STAYS)
        return inside

    def take_back(self, *, strict: bool) -> None:
        """Puts what is in the outbox for a task where it belongs; nothing without a task.

        Args:
            strict: Whether to refuse what is no plain file or folder; else it is dropped.

        Raises:
            NotPlainError: there is something that is not taken; the rest may be where it belongs.
            OSError: the disk does not take it.
        """
        try:
            name, _, place = _read(self.back).partition("\n")
        except FileNotFoundError:
            return
        inside, out = self.outbox / name, Path(place)
        if out.is_dir():  # its study may have been deleted
            bounds = Bounds(MOST_FILES, MOST_BYTES)
            if not strict:
                _drop_half_written(inside)
            left.take(inside, out, bounds, strict=strict, apart=True, but=STAYS)
        self.drop()

    def drop(self) -> None:
        """Deletes what is in the outbox for a task."""
        try:
            name, _, place = _read(self.back).partition("\n")
        except FileNotFoundError:
            return
        left.delete(self.outbox / name)
        with suppress(OSError):
            (Path(place) / AWAY).unlink()
        self.back.unlink()

    def delete(self) -> None:
        """Deletes it with all that is in it. The process has ended."""
        left.delete(self.folder)


class Cells:
    """The folders of all workers of this server."""

    def __init__(self, workers: Path) -> None:
        """Makes a folder for them in `workers`; what servers left there that were killed is gone.

        Raises:
            OSError: the disk does not take it.
        """
        workers.mkdir(parents=True, exist_ok=True)
        _sweep(workers)
        name = uuid.uuid4().hex
        new = workers / f"{NEW}{name}"
        new.mkdir(mode=0o700)
        self._lock = locks.take(new / LOCK)
        self.folder = new.rename(workers / name)  # with its lock already
        self._count = 0

    def new(self) -> Cell:
        """Another one.

        Raises:
            OSError: the disk does not take it.
        """
        self._count += 1
        return Cell.made(self.folder / str(self._count))

    def close(self) -> None:
        """Deletes them. All processes have ended."""
        left.delete(self.folder)
        os.close(self._lock)
        with suppress(OSError):  # other servers have theirs there
            self.folder.parent.rmdir()


def recover(out: Path) -> None:
    """Puts back what a worker had of a task's folder when its server was killed.

    Nothing where the server lives, or is not known any more.
    """
    with suppress(OSError, left.NotPlainError):
        cell = Cell(Path(_read(out / AWAY)))
        with _dead(cell.folder.parent):
            cell.take_back(strict=False)


def _drop_half_written(inside: Path) -> None:
    """Deletes what a task was writing when it was ended; nobody goes on from that."""
    for half in list(inside.rglob(HALF_WRITTEN)):
        if half.is_dir() and not half.is_symlink():
            left.delete(half)
        else:
            half.unlink(missing_ok=True)


def _sweep(workers: Path) -> None:
    for run in list(workers.iterdir()):
        with suppress(OSError):
            if run.name.startswith(NEW):
                if time.time() - run.stat().st_mtime > ABANDONED:
                    left.delete(run)
                continue
            with _dead(run):
                for folder in run.iterdir():
                    with suppress(OSError, left.NotPlainError):
                        Cell(folder).take_back(strict=False)
                left.delete(run)


@contextmanager
def _dead(run: Path) -> Iterator[None]:
    """Keeps others from what a dead server left.

    Raises:
        OSError: the server lives, or another one is at it.
    """
    lock = locks.take(run / LOCK)
    try:
        yield
    finally:
        os.close(lock)


def _read(file: Path) -> str:
    return file.read_text("utf-8", errors="surrogateescape")


def _write(file: Path, text: str) -> None:
    file.write_text(text, "utf-8", errors="surrogateescape")
