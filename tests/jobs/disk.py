"""tests of jobs/: a disk on which every change is counted, and fails when it is told to.

What Python changes on a disk it announces to audit hooks: opening to write, making, renaming,
linking, deleting. Only that bytes are forced to the disk it does not: `files.atomic` alone does
that, so its `os.fsync` is replaced.
"""

import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
TAKES_SPACE = {"open", "os.mkdir", "os.link", "os.fsync"}
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.chmod"}


@dataclass(frozen=True)
class Fault:
    """How a disk fails.

    Attributes:
        error: Its errno.
        lasting: Whether all that follows fails too, until somebody makes room.
    """

    error: int
    lasting: bool

    def hits(self, event: str, path: str) -> bool:
        """Whether a change can fail so: on a full disk what is there can be opened and deleted."""
        if self.error != errno.ENOSPC:
            return True
        return event in TAKES_SPACE and not (event == "open" and os.path.exists(path))  # noqa: PTH110


FULL = Fault(errno.ENOSPC, lasting=True)
READ_ONLY = Fault(errno.EROFS, lasting=True)
BROKEN = Fault(errno.EIO, lasting=False)


@dataclass
class Disk:
    """The changes below a folder.

    Attributes:
        home: The folder.
        fault: How it fails; None: never.
        at: From which change on that could fail so, counted from 0.
        seen: The changes so far that could fail so: what, and where.
        failed: Whether it has failed yet.
    """

    home: Path
    fault: Fault | None = None
    at: int = 0
    seen: list[str] = field(default_factory=list)
    failed: bool = False
    paused: bool = False

    def lift(self) -> None:
        """From now on it takes everything."""
        self.fault = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Within the block nothing is counted and nothing fails: another process is at work."""
        self.paused = True
        try:
            yield
        finally:
            self.paused = False

    def change(self, event: str, path: str) -> None:
        """Counts a change, and fails it if it is its turn."""
        if self.paused or not path.startswith(str(self.home)):
            return
        if self.fault and not self.fault.hits(event, path):
            return
        self.seen.append(f"{event} {path.removeprefix(str(self.home))}")
        turn = len(self.seen) - 1
        if self.fault and (turn >= self.at if self.fault.lasting else turn == self.at):
            self.failed = True
            raise OSError(self.fault.error, os.strerror(self.fault.error), path)


_watched: list[Disk] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _watched or event not in CHANGES:
        return
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & WRITES:
            return
        folder: object = -1
    else:
        path = arguments[1] if event in {"os.rename", "os.link"} else arguments[0]
        folder = arguments[-1]
    if not isinstance(path, str | bytes | os.PathLike):
        return
    name = os.fsdecode(path)
    if isinstance(folder, int) and folder >= 0:  # as shutil.rmtree deletes
        name = os.path.join(_name(folder), name)  # noqa: PTH118
    _watched[0].change(event, name)


@contextmanager
def watched(disk: Disk) -> Iterator[Disk]:
    """Watches a disk for a block. Hooks cannot be taken away, so there is one for the process."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    _watched.append(disk)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", lambda fd: disk.change("os.fsync", _name(fd)))
            yield disk
    finally:
        _watched.clear()


_installed: list[bool] = []


def _name(descriptor: int) -> str:
    if sys.platform == "darwin":
        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
