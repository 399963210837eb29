"""tests of workers/: nothing of a worker goes on once it, or its task, is at an end."""

import contextlib
import ctypes
import mmap
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import psutil
import pytest

from optimizer.errors import JobError
from optimizer.reporting import Report
from optimizer.workers.confinement.level import Level
from optimizer.workers.confinement.strongest import obstacle
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.worker_process import WorkerProcess
from tests.refused import refused
from tests.waiting import PATIENCE, until
from tests.workers import tasks
from tests.workers.conftest import MEMORY, Bench
from tests.workers.tasks import Light

LEVELS = (Level("bubblewrap"), Level("landlock"))
READY, LATER = "ready", "later"
AS_JUDGED, CHANGED = b"as it was judged", b"changed"
Benches = Callable[..., Bench]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Benches]:
    """Starts an executor at a level, whose workers are known by their folder."""
    executors: list[LocalExecutor] = []

    def start(level: Level, memory: int = MEMORY) -> Bench:
        folder = tmp_path / "workers"
        executors.append(LocalExecutor(0, memory, PATIENCE, folder=folder, level=level))
        return Bench(executors[-1], tmp_path)

    yield start
    for executor in executors:
        executor.close()
    for left in working_in(tmp_path / "workers"):  # of a test that failed
        psutil.Process(left).kill()


def working_in(folder: Path) -> list[int]:
    """The processes that were started with a folder in this one, or are copies of such."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        started_in = any(word.startswith(f"{folder}/") for word in words)
        if started_in and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


@dataclass(frozen=True)
class LeaveProcess(Light[int]):
    """Leaves a process that has no parent, and is in a session of its own if that can be.

    Attributes:
        megabytes: What each has in memory.
        then: What the task does with them running: ends, crashes, or goes on.
    """

    megabytes: int = 0
    then: Literal["end", "crash", "go on"] = "end"

    def run(self, report: Report) -> int:
        """Returns how many it left."""
        for _ in range(2):
            _apart(self.megabytes, self.out)
        deadline = time.monotonic() + 20
        while len(list(self.out.glob(f"{READY}*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        if self.then == "crash":
            os.abort()
        time.sleep(PATIENCE if self.then == "go on" else 0)
        return 2


def _apart(megabytes: int, out: Path) -> None:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    for detach in (os.setsid, partial(os.setpgid, 0, 0)):
        with contextlib.suppress(OSError):
            detach()
    libc = ctypes.CDLL(None)
    libc.prctl(36, 0)  # PR_SET_CHILD_SUBREAPER
    libc.prctl(1, 0)  # PR_SET_PDEATHSIG
    if os.fork():
        os._exit(0)
    try:
        kept = b"x" * (megabytes * 2**20)
        (out / f"{READY}{os.getpid()}").touch()
        time.sleep(PATIENCE if kept is not None else 0)
    finally:
        os._exit(0)


def _its_own_end(bench: Bench) -> None:
    assert bench.run(LeaveProcess(bench.out()), "one") == 2


def _a_crash(bench: Bench) -> None:
    with refused(JobError, "crashed (SIGABRT)"):
        bench.run(LeaveProcess(bench.out(), then="crash"), "one")


def _a_cancel(bench: Bench) -> None:
    future = _going_on(bench)
    bench.executor.cancel(future)
    with pytest.raises(CancelledError):
        future.result(PATIENCE)


def _the_end_of_the_server(bench: Bench) -> None:
    _going_on(bench)
    bench.executor.close()


def _going_on(bench: Bench) -> "Future[int]":
    assert bench.slot.process
    cell = bench.slot.process.cell.folder
    future = bench.submit(LeaveProcess(bench.out(), then="go on"), "one")
    until(lambda: len(list(cell.glob(f"out/**/{READY}*"))) == 2)
    assert len(working_in(cell)) >= 3, "the worker and two that it left"
    return future


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
@pytest.mark.parametrize("end", [_its_own_end, _a_crash, _a_cancel, _the_end_of_the_server])
def test_a_process_that_a_task_leaves_ends_with_it(
    started: Benches, level: Level, end: Callable[[Bench], None]
) -> None:
    if obstacle(level):  # said in words, see tests of `confinement`
        return
    bench = started(level)
    until(lambda: bench.slot.ready)
    assert bench.slot.process
    cell = bench.slot.process.cell.folder
    end(bench)
    until(lambda: not working_in(cell), 5)


@dataclass(frozen=True)
class StartWithoutEnd(Light[None]):
    """A fork bomb: each process starts two that do the same."""

    def run(self, report: Report) -> None:
        """See `Work.run`."""
        while True:
            with contextlib.suppress(OSError):
                os.fork()


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_a_task_that_starts_processes_without_end_is_ended(started: Benches, level: Level) -> None:
    if obstacle(level):  # said in words, see tests of `confinement`
        return
    bench = started(level, 2**40)  # or it has too much memory before
    until(lambda: bench.slot.ready)
    assert bench.slot.process
    cell = bench.slot.process.cell.folder
    with refused(JobError, "started more than 64 processes"):
        bench.run(StartWithoutEnd(bench.out()))
    until(lambda: not working_in(cell), 5)
    assert bench.run(tasks.Add(bench.out(), 1, 2)) == 3


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_the_memory_of_a_process_that_has_no_parent_counts(started: Benches, level: Level) -> None:
    if obstacle(level):  # said in words, see tests of `confinement`
        return
    bench = started(level, 2**29)
    with refused(JobError, "more than its 0.5 GB of memory"):
        bench.run(LeaveProcess(bench.out(), megabytes=300, then="go on"))


# ---- what was taken from it --------------------------------------------------------------------


def _by_its_descriptor(file: Path) -> Callable[[], None]:
    kept = os.open(file, os.O_RDWR)
    return lambda: _ignored(os.pwrite(kept, CHANGED, 0))


def _by_its_memory(file: Path) -> Callable[[], None]:
    with file.open("r+b") as opened:
        kept = mmap.mmap(opened.fileno(), 0)
    return lambda: kept.__setitem__(slice(0, len(CHANGED)), CHANGED)


def _by_opening_what_it_reads(file: Path) -> Callable[[], None]:
    kept = os.open(file, os.O_RDONLY)
    return lambda: _ignored(Path(f"/proc/self/fd/{kept}").write_bytes(CHANGED))


def _by_its_place(file: Path) -> Callable[[], None]:
    kept = os.open(file, os.O_PATH)
    return lambda: _ignored(Path(f"/proc/self/fd/{kept}").write_bytes(CHANGED))


def _by_another_name(file: Path) -> Callable[[], None]:
    other = file.with_name("other name")
    os.link(file, other)
    other.rename(file.parents[1] / "kept")
    return lambda: _ignored((file.parents[1] / "kept").write_bytes(CHANGED))


def _ignored(_: object) -> None:
    """What a call gives."""


WAYS = (
    _by_its_descriptor, _by_its_memory, _by_opening_what_it_reads, _by_its_place, _by_another_name,
)  # fmt: skip


@dataclass(frozen=True)
class ChangeLater(Light[None]):
    """Leaves a file for each way, and changes them once the server has taken them."""

    def run(self, report: Report) -> None:
        """See `Work.run`."""
        changes = []
        for way in WAYS:
            file = self.out / way.__name__
            file.write_bytes(AS_JUDGED)
            changes.append((file, way(file)))
        if os.fork():
            return
        try:
            os.chdir("/")
            while any(file.exists() for file, _ in changes):
                time.sleep(0.01)
            for _, change in changes:
                with contextlib.suppress(OSError):
                    change()
            (self.out.parent / LATER).touch()
            time.sleep(PATIENCE)
        finally:
            os._exit(0)


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_a_file_that_was_taken_is_not_changed_any_more(
    started: Benches, level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    if obstacle(level):  # said in words, see tests of `confinement`
        return
    monkeypatch.setattr(WorkerProcess, "left_some", False)  # who comes too late to be ended
    bench = started(level)
    work = ChangeLater(bench.out())
    bench.run(work)
    assert bench.slot.process
    later = bench.slot.process.cell.outbox / LATER
    until(later.exists)
    taken = {file.name: file.read_bytes() for file in work.out.glob("_by*")}
    assert taken == {way.__name__: AS_JUDGED for way in WAYS}
