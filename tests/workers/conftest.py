"""tests of workers/: worker processes, shared by a module because starting them takes seconds."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from optimizer.workers.executor import LocalExecutor, Task
from tests.waiting import PATIENCE

MEMORY = 2 * 2**30


class Bench:
    """An executor with one-line access to the tasks of `tests.workers.tasks`."""

    def __init__(self, executor: LocalExecutor, folder: Path) -> None:
        self.executor, self.folder = executor, folder
        self.started: list[Task] = []

    def task(self, name: str, *arguments: Any, alone: bool = False) -> Task:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        return Task(f"tests.workers.tasks:{name}", arguments, folder, alone, tensorflow=False)

    def submit(self, task: Task) -> "Future[Any]":
        return self.executor.submit(task, lambda: self.started.append(task))

    def run(self, name: str, *arguments: Any) -> Any:
        """Runs a task and gives its result, or raises what it raised."""
        return self.submit(self.task(name, *arguments)).result(PATIENCE)


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
