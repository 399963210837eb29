"""tests of jobs/: opening a model has a time of its own, which the user may extend."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path, PurePath
from typing import Any

import pytest

from optimizer.cli.terminal import Terminal
from optimizer.errors import JobError
from optimizer.jobs.scheduler import Scheduler
from optimizer.jobs.time_limit import TimeLimit
from optimizer.store.library import Library
from optimizer.workers.confinement.level import Level
from optimizer.workers.progress import Progress
from optimizer.workers.work import Work
from tests.refused import refused
from tests.waiting import PATIENCE

SHORT, LONG = 0.1, 3 * PATIENCE  # seconds


class Endless:
    """An executor whose tasks go on until they are cancelled; see `workers.executor.Executor`.

    Attributes:
        futures: Of all tasks.
        waits: Whether no worker is free.
    """

    level = Level("none")

    def __init__(self, *, waits: bool = False) -> None:
        self.futures: list[Future[Any]] = []
        self.waits = waits

    def submit(self, work: Work[Any], on_start: Callable[[], None], owner: str) -> "Future[Any]":
        future: Future[Any] = Future()
        self.futures.append(future)
        if not self.waits:
            on_start()
        return future

    def progress(self, work: Work[Any]) -> Progress | None:
        return Progress("Loading the model", 0.1)

    def written(self, work: Work[Any], name: PurePath, most: int) -> bytes | None:
        return None

    def cancel(self, future: "Future[Any]") -> None:
        future.set_exception(CancelledError())

    def close(self) -> None:
        """There is no process."""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def test_a_model_that_is_never_open_is_stopped(library: Library) -> None:
    opening = Scheduler(Endless(), library, 1, SHORT).open_model(Path("m.keras"), "m")
    with refused(
        JobError,
        "took longer than 0.00166667 minutes",
        "“Wait longer”",
        "LITEWEIGH_OPENING_MINUTES",
    ):
        opening.result()
    assert opening.limit
    assert opening.limit.passed
    library.close()
    assert not list(library.home.iterdir())


def test_it_is_stopped_where_data_come_with_it_too(library: Library) -> None:
    from optimizer.data.data_options import DataFiles

    scheduler = Scheduler(Endless(), library, 1, SHORT)
    with refused(JobError, "took longer than"):
        scheduler.open_both(Path("m.keras"), "m", DataFiles(), "d").result()
    library.close()


def test_what_waits_for_a_worker_uses_up_no_time(library: Library) -> None:
    opening = Scheduler(Endless(waits=True), library, 1, SHORT).open_model(Path("m.keras"), "m")
    time.sleep(3 * SHORT)
    assert not opening.done
    assert opening.limit
    assert opening.limit.left is None
    opening.cancel()
    with refused(JobError, "Stopped. Nothing was changed."):
        opening.result()
    library.close()


def test_whoever_waits_longer_has_the_time_on_top(library: Library) -> None:
    began = time.monotonic()
    opening = Scheduler(Endless(), library, 1, 0.5).open_model(Path("m.keras"), "m")
    assert opening.limit
    opening.limit.wait_longer()
    opening.limit.wait_longer()
    assert (opening.limit.left or 0) > 1
    with refused(JobError, "took longer than"):
        opening.result()
    assert time.monotonic() - began >= 1.5 - 0.01
    library.close()


def test_what_has_ended_is_not_ended_again() -> None:
    ended = threading.Event()
    limit = TimeLimit(SHORT)
    limit.begin(ended.set)
    limit.stop()
    assert not ended.wait(3 * SHORT)
    assert (limit.left, limit.passed) == (None, False)


def test_the_terminal_says_when_half_of_the_time_is_over(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    opening = Scheduler(Endless(), library, 1, 1).open_model(Path("m.keras"), "m")
    with Terminal(quiet=False, as_json=False) as terminal, refused(JobError, "took longer than"):
        terminal.wait_for("m.keras", opening)
    [said] = [line for line in capsys.readouterr().out.splitlines() if "opening" in line]
    assert said.startswith("m.keras: opening is stopped in")
    assert "raise LITEWEIGH_OPENING_MINUTES" in said
    library.close()
