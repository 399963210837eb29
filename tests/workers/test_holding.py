"""tests of workers/: work stands still while latency is measured, and loses no time by it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from optimizer.workers.executor import GIVES_WAY, PAUSED, LocalExecutor
from optimizer.workers.work import Work
from tests.waiting import PATIENCE, until
from tests.workers import tasks
from tests.workers.conftest import MEMORY, Bench

ROOT = Path(__file__).parents[2]
MEASURING = 7.5  # seconds
ASKED = 4.0  # seconds: twenty times what a block takes
SHORT = 7.0  # seconds: the limit of a task here


@pytest.fixture(scope="module")
def measuring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Another Liteweigh on the same machine."""
    executor = LocalExecutor(0, MEMORY, PATIENCE)
    yield Bench(executor, tmp_path_factory.mktemp("measuring"))
    executor.close()


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One whose tasks may not take long."""
    executor = LocalExecutor(0, MEMORY, SHORT)
    yield Bench(executor, tmp_path_factory.mktemp("short"))
    executor.close()


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One with a worker more, for what pages wait for."""
    executor = LocalExecutor(0, MEMORY, PATIENCE, for_pages=True)
    yield Bench(executor, tmp_path_factory.mktemp("paged"))
    executor.close()


def stage(bench: Bench, work: Work[object]) -> str:
    said = bench.executor.progress(work)
    return said.stage if said else ""


def test_work_is_held_while_another_measures_which_counts_neither_to_its_limit_nor_its_time(
    short: Bench, measuring: Bench
) -> None:
    """The measurement alone takes longer than the work may; what is left is for a slow machine."""
    measuring.run(tasks.Add(measuring.out(), 1, 2))  # its processes have started
    work = tasks.AtWork(short.out())
    began = time.monotonic()
    future = short.submit(work)
    until(lambda: short.executor.progress(work))
    measured = measuring.submit(tasks.QuietSpan(measuring.out(), MEASURING))
    until(lambda: stage(short, work) == PAUSED)
    assert measured.result(PATIENCE)
    until(lambda: stage(short, work) != PAUSED)
    short.let_go(work)
    at_work = future.result(PATIENCE)
    assert 0 < at_work < time.monotonic() - began - MEASURING


@pytest.mark.slow
def test_half_of_the_time_is_the_works_own_however_many_measure(
    bench: Bench, measuring: Bench
) -> None:
    work = tasks.Span(bench.out(), 2.0)
    future = bench.submit(work)
    until(lambda: bench.executor.progress(work) or bench.started)
    measured = [measuring.submit(tasks.QuietSpan(measuring.out(), 0.7)) for _ in range(6)]
    moments = future.result(PATIENCE)
    spans = [one.result(PATIENCE) for one in measured]
    first = [span for span in spans if span[-1] < moments[-1]]
    assert len(first) < len(spans), "it was done before they were"
    for span in first:
        assert not [moment for moment in moments if span[0] < moment < span[-1]]


def test_a_measurement_is_held_for_what_a_page_waits_for_and_times_again_what_it_was_at(
    paged: Bench,
) -> None:
    timing = tasks.Blocks(paged.out(), 8)
    future = paged.submit(timing)
    until(lambda: stage(paged, timing) == "Timing")
    asked = paged.submit(tasks.Asked(paged.out(), ASKED))
    until(lambda: stage(paged, timing) == GIVES_WAY)
    assert asked.result(PATIENCE)
    blocks = future.result(PATIENCE)
    assert len(blocks) == 8
    assert max(blocks) < ASKED, "one was timed together with the pause"


def test_what_a_page_waits_for_comes_before_what_waited_longer(bench: Bench) -> None:
    first = tasks.AddAfter(bench.out(), 1, 1)
    future = bench.submit(first)
    later = bench.submit(tasks.Span(bench.out(), 0.01))
    asked = bench.submit(tasks.Asked(bench.out(), 0.01))
    bench.let_go(first)
    assert future.result(PATIENCE) == 2
    assert asked.result(PATIENCE)[-1] <= later.result(PATIENCE)[0]


def test_a_task_is_cancelled_while_it_is_held(bench: Bench, measuring: Bench) -> None:
    work = tasks.Sleep(bench.out(), PATIENCE)
    future = bench.submit(work)
    until(lambda: bench.executor.progress(work))
    measurement = tasks.AddAfterQuiet(measuring.out(), 1, 2)
    measured = measuring.submit(measurement)
    until(lambda: stage(bench, work) == PAUSED)
    bench.executor.cancel(future)
    with pytest.raises(CancelledError):
        future.result(2)
    measuring.let_go(measurement)
    assert measured.result(PATIENCE) == 3
    assert bench.run(tasks.Add(bench.out(), 1, 2)) == 3


SERVER = """
import sys, tempfile, time
from pathlib import Path
from optimizer.workers.executor import LocalExecutor
from tests.workers import tasks
executor = LocalExecutor(0, 2**31, 60)
work = tasks.Sleep(Path(tempfile.mkdtemp(dir=sys.argv[1])), 60)
executor.submit(work, lambda: None, "a study")
while not [slot for slot in executor._slots if slot.can_be_held]:
    time.sleep(0.01)
[slot] = executor._slots
slot.hold()
print(*slot.process.processes(), flush=True)
time.sleep(60)
"""


def test_what_is_held_ends_with_its_server(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert server.stdout
    processes = [int(pid) for pid in server.stdout.readline().split()]
    assert len(processes) >= 1
    server.kill()
    server.wait()
    until(lambda: not any(psutil.pid_exists(pid) for pid in processes), seconds=10)
