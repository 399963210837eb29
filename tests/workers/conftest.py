"""tests of workers/: worker processes, shared by a module because starting them takes seconds."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pytest

from optimizer.workers.executor import LocalExecutor
from optimizer.workers.slot import Slot
from optimizer.workers.work import Work
from tests.waiting import PATIENCE, until
from tests.workers.tasks import GO

MEMORY = 2 * 2**30
T = TypeVar("T")


class Bench:
    """An executor, and folders for the tasks of `tests.workers.tasks`."""

    def __init__(self, executor: LocalExecutor, folder: Path) -> None:
        self.executor, self.folder = executor, folder
        self.started: list[Work[Any]] = []

    @property
    def pid(self) -> int:
        """Of the process that the worker is now, or its guard."""
        assert self.slot.process
        return self.slot.process.pid

    @property
    def slot(self) -> Slot:
        """The one place for a process."""
        until(lambda: self.executor._slots)
        (slot,) = self.executor._slots
        return slot

    def out(self) -> Path:
        """A new folder for a task."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def submit(self, work: Work[T], owner: str = "a study") -> "Future[T]":
        return self.executor.submit(work, lambda: self.started.append(work), owner)

    def let_go(self, work: Work[Any]) -> None:
        """Lets a task go on that waits for it, once it does."""
        slots = self.executor._slots
        until(lambda: any(s.can_be_held and s.current.work is work for s in slots if s.current))
        [handed] = [s.handed for s in slots if s.current and s.current.work is work]
        assert handed
        (handed.out / GO).touch()

    def run(self, work: Work[T], owner: str = "a study") -> T:
        """Does a task and gives its result, or raises what it raised."""
        return self.submit(work, owner).result(PATIENCE)


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    """One worker without TensorFlow, which buffers what it prints, as on a user's machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONUNBUFFERED", raising=False)
        executor = LocalExecutor(0, MEMORY, PATIENCE)
        yield executor
        executor.close()


@pytest.fixture
def bench(executor: LocalExecutor, tmp_path: Path) -> Bench:
    return Bench(executor, tmp_path)
