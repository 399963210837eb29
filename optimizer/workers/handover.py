"""workers/: what a task reads goes into its worker's folders, and what it made comes back.

Before a task the server links all that its fields name into the inbox, and moves `out` into the
outbox; the worker gets the same task with the paths that these things have there. Afterwards plain
files and folders come back, and nothing else: a link, a pipe or a device that a worker left is not
followed, read or kept.
"""

import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import JobError
from optimizer.files import clone, left
from optimizer.files.left import Bounds, NotPlainError
from optimizer.workers.cell import MOST_BYTES, Cell
from optimizer.workers.work import Work, with_paths

MOST_INPUTS = 1_000_000  # files; the largest data sets of single images have that many
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Handed:
    """A task as its worker knows it.

    Attributes:
        work: With the worker's paths.
        out: Where it writes now.
        paths: Of the worker's paths, those that are meant.
        given: What was linked, with what tells whether it was changed.
    """

    work: Work[Any]
    out: Path
    paths: dict[Path, Path]
    given: tuple[tuple[Path, Stamp], ...]


def hand_over(work: Work[Any], cell: Cell, cancelled: Callable[[], bool]) -> Handed:
    """Puts what a task needs into a worker's folders.

    Args:
        work: The task.
        cell: The worker's folders; it has no other task.
        cancelled: Whether to stop.

    Raises:
        JobError: it cannot be done; nothing is left there.
        CancelledError: it was stopped.
    """
    giving = _Giving(cell.inbox, cancelled)
    try:
        inside = {path: giving.give(path) for path in work.reads}
        out = cell.open_for(work.out)
    except OSError as error:
        give_back(cell, keep=True)
        raise JobError(
            f"The job’s files could not be given to its worker ({error.strerror}). Free some "
            "space, check that this user may read them, and try again."
        ) from error
    except BaseException:
        give_back(cell, keep=True)
        raise

    def where(path: Path) -> Path:
        return inside.get(path) or out / path.relative_to(work.out)

    return Handed(
        work=with_paths(work, where),
        out=out,
        paths={out: work.out, **{there: here for here, there in inside.items()}},
        given=tuple(giving.given),
    )


def take_back(handed: Handed, cell: Cell) -> None:
    """Takes what a task made that ended well, and nothing else.

    Raises:
        JobError: it left something that is no plain file or folder, or changed what it was given.
        OSError: the disk does not take it.
    """
    try:
        changed = [path for path, stamp in handed.given if _was_changed(path, stamp)]
        if changed:
            raise JobError(
                f"“{changed[0].name}” was changed while the job read it. Leave the files alone "
                "while a job runs, and run it again."
            )
        try:
            cell.take_back(strict=True)
        except NotPlainError as error:
            raise JobError(
                f"The job left {error} in its folder, so nothing of it was taken. The model’s "
                "file may be harmful; the log may say more."
            ) from error
    finally:
        give_back(cell, keep=True)


def give_back(cell: Cell, *, keep: bool) -> None:
    """Puts what is left of a task where it belongs, what is plain of it; empties the inbox."""
    if keep:
        with suppress(OSError, NotPlainError):
            cell.take_back(strict=False)
    cell.drop()
    left.empty(cell.inbox)


class _Giving:
    """Puts files and folders into an inbox."""

    def __init__(self, inbox: Path, cancelled: Callable[[], bool]) -> None:
        self.given: list[tuple[Path, Stamp]] = []
        self._inbox, self._cancelled = inbox, cancelled
        self._count = 0
        self._bounds = Bounds(MOST_INPUTS, MOST_BYTES)

    def give(self, path: Path) -> Path:
        """Gives a file or folder, which keeps its name; one that is not there is not there."""
        self._count += 1
        place = self._inbox / str(self._count)
        place.mkdir()
        target = place / (path.name or "root")
        source = path.resolve()  # what a user names may be a link; nothing in a study is one
        try:
            if source.is_dir():
                self._give_folder(source, target)
            elif source.is_file():
                self._give_file(source, target)
        except NotPlainError as error:
            raise JobError(
                f"There are {error} in {path}. Choose the folder of the model or the data itself."
            ) from error
        return target

    def _give_folder(self, source: Path, target: Path) -> None:
        target.mkdir()
        for parent, folders, files in os.walk(source):
            there = target / Path(parent).relative_to(source)
            for name in folders:
                if not Path(parent, name).is_symlink():
                    (there / name).mkdir()
            for name in files:
                file = Path(parent, name).resolve()
                if file.is_file():
                    self._give_file(file, there / name)

    def _give_file(self, source: Path, target: Path) -> None:
        self._stop_if_cancelled()
        self._bounds.count(0)
        try:
            os.link(source, target)
        except OSError:  # another disk, or a file of somebody else
            descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
            try:
                size = os.fstat(descriptor).st_size
                self._bounds.count(size)
                clone.copy(descriptor, str(target), most=size, on_chunk=self._stop_if_cancelled)
            finally:
                os.close(descriptor)
        else:
            self.given.append((source, _stamp(source)))

    def _stop_if_cancelled(self) -> None:
        if self._cancelled():
            raise CancelledError


def _stamp(path: Path) -> Stamp:
    """Which file it is, and what changes when it is written to."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode


def _was_changed(path: Path, before: Stamp) -> bool:
    try:
        now = _stamp(path)
    except OSError:  # it was deleted, which changes no content
        return False
    return now[0] == before[0] and now != before  # another file of that name is none of ours
