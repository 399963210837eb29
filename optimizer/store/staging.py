"""store/: where work goes on that may fail: folders of which nothing stays.

Each process has a folder of its own beside the studies, and a lock on it. What a process left that
was killed has no holder, so the next one that starts deletes it.

.staging/NAME.lock    held while its process lives
.staging/NAME/ID      one piece of work
"""

import os
import shutil
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

from optimizer.errors import StudyError
from optimizer.files import locks
from optimizer.files.refusal import said_as

STAGING = ".staging"
LOCK = ".lock"


class Staging:
    """The folders of this process."""

    def __init__(self, home: Path) -> None:
        """Below `home`, with the studies, so that moving is one rename; made when it is used."""
        self._root = home / STAGING
        self._own: Path | None = None
        self._held: int | None = None
        self._lock = threading.Lock()

    def folder(self) -> Path:
        """A new empty folder.

        Raises:
            StudyError: the disk is full, or may not be written to.
        """
        with said_as(StudyError), self._lock:
            if self._own is None:
                self._own = self._take()
            folder = self._own / uuid.uuid4().hex
            folder.mkdir(parents=True)
        return folder

    def sweep(self) -> None:
        """Deletes what processes left that were killed."""
        for lock in self._root.glob(f"*{LOCK}"):
            with suppress(OSError):  # it is held, or another process sweeps it, or the disk refuses
                _delete(lock)

    def drop_older(self, seconds: float) -> None:
        """Deletes folders of this process that nobody has used for so long."""
        if self._own is None:
            return
        for folder in self._own.glob("*"):
            if time.time() - folder.stat().st_mtime > seconds:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Deletes what is left, and lets go."""
        with self._lock:
            if self._own is not None and self._held is not None:
                shutil.rmtree(self._own, ignore_errors=True)
                with suppress(OSError):
                    _lock_of(self._own).unlink()
                os.close(self._held)
            self._own = self._held = None
        with suppress(OSError):  # it stays if another process works in it
            self._root.rmdir()

    def _take(self) -> Path:
        own = self._root / uuid.uuid4().hex
        self._root.mkdir(parents=True, exist_ok=True)
        while self._held is None:
            with suppress(BlockingIOError):  # somebody sweeps it before it was held
                held = locks.take(_lock_of(own))
                if _lock_of(own).exists():
                    self._held = held
                else:
                    os.close(held)
        return own


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + LOCK)


def _delete(lock: Path) -> None:
    held = locks.take(lock)
    try:
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        lock.unlink()
    finally:
        os.close(held)
