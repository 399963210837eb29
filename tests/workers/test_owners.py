"""tests of workers/: a process serves one owner, and what it says or leaves harms nobody."""

import pickle
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from optimizer.errors import JobError
from optimizer.workers.answer import NoAnswerError
from optimizer.workers.confinement.level import Level
from optimizer.workers.confinement.strongest import obstacle
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.logs import read_log
from tests.refused import refused
from tests.waiting import PATIENCE, until
from tests.workers import tasks
from tests.workers.conftest import MEMORY, Bench

SHARED = Path("/dev/shm")  # noqa: S108 (nothing is written there)
CHANGE = 1.0  # seconds that a change of study may take


def wait_for_spare(bench: Bench) -> None:
    until(lambda: bench.executor._spares.processes and bench.executor._spares.ready)


def test_another_owner_gets_another_process_and_none_of_the_memory(bench: Bench) -> None:
    assert bench.run(tasks.Keep(bench.out(), "first"), "one") == ["first"]
    first = bench.pid
    assert bench.run(tasks.Keep(bench.out(), "second"), "one") == ["first", "second"]
    assert bench.pid == first
    assert bench.run(tasks.Keep(bench.out(), "third"), "two") == ["third"]
    assert bench.pid != first
    assert not psutil.pid_exists(first)
    assert bench.run(tasks.Keep(bench.out(), "fourth"), "one") == ["fourth"]


def test_a_process_in_which_code_was_trusted_is_never_used_again(bench: Bench) -> None:
    assert bench.run(tasks.KeepTrusted(bench.out(), "trusted"), "three") == ["trusted"]
    assert bench.run(tasks.Keep(bench.out(), "after"), "three") == ["after"]
    bench.run(tasks.KeepTrusted(bench.out(), "trusted"), "three")
    until(lambda: bench.slot.owner is None)
    assert bench.run(tasks.Keep(bench.out(), "other"), "four") == ["other"]


@pytest.mark.clock
def test_a_change_of_owner_finds_a_process_that_is_ready(bench: Bench) -> None:
    bench.run(tasks.Add(bench.out(), 1, 2), "five")
    wait_for_spare(bench)
    began = time.monotonic()
    assert bench.run(tasks.Add(bench.out(), 1, 2), "six") == 3
    assert time.monotonic() - began < CHANGE


def test_a_spare_that_dies_is_replaced(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run(tasks.Add(bench.out(), 1, 2), "seven")
    wait_for_spare(bench)
    spares = bench.executor._spares
    [spare] = spares.processes.values()
    monkeypatch.setattr("optimizer.workers.spares.AGAIN", 0.1)
    psutil.Process(spare.pid).kill()
    until(lambda: spares.processes and spare not in spares.processes.values())
    assert bench.run(tasks.Add(bench.out(), 1, 2), "eight") == 3


# ---- what a process may say ------------------------------------------------------------------


class Evil:
    """Its pickle makes a file where it is read."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.file,)


def framed(content: bytes, number: int) -> bytes:
    said = struct.pack(">Q", number) + content
    return struct.pack(">Q", len(said)) + said


def say(bench: Bench, said: Callable[[int], bytes]) -> None:
    """Has a task say something in the place of its answer, told the number that it has."""
    number = bench.executor._turns.draw() + 1
    bench.run(tasks.SayInstead(bench.out(), said(number)))


def test_a_pickle_in_the_place_of_an_answer_is_read_by_nobody(bench: Bench, tmp_path: Path) -> None:
    evil = pickle.dumps(Evil(tmp_path / "made"))
    for content in (evil, b"=" + evil, b"!" + evil):
        before = bench.pid
        with refused(NoAnswerError, "none of the answers that it can give"):
            say(bench, partial(framed, content))
        assert bench.pid != before, "a process that said so is not used again"
    assert not (tmp_path / "made").exists()


def test_an_answer_that_is_too_large_is_not_read(bench: Bench) -> None:
    with refused(JobError, "has 1,099,511,627,776 bytes, more than"):
        say(bench, lambda _: struct.pack(">Q", 2**40))


def test_an_answer_is_of_the_task_that_was_asked(bench: Bench) -> None:
    with refused(NoAnswerError, "it is of no task"):
        say(bench, lambda number: framed(b"=666", number + 1))
    before = bench.pid
    say(bench, lambda number: framed(b"=666", number) + framed(b"=777", number + 1))
    assert bench.run(tasks.Add(bench.out(), 1, 2)) == 3
    assert bench.pid != before


# ---- what it may leave -----------------------------------------------------------------------


@pytest.fixture
def unconfined(tmp_path: Path) -> Iterator[Bench]:
    """A worker that may make links: one that is confined may not."""
    executor = LocalExecutor(0, MEMORY, PATIENCE, level=Level("none"))
    yield Bench(executor, tmp_path)
    executor.close()


def test_the_server_reads_no_link_that_a_worker_left(unconfined: Bench, tmp_path: Path) -> None:
    bench = unconfined
    secret = tmp_path / "secret"
    secret.write_text('{"stage": "secret", "fraction": 0.5}\n')
    work = tasks.LeaveLinks(bench.out(), str(secret))
    future = bench.submit(work)
    slot = bench.slot
    until(lambda: slot.handed and (slot.handed.out / "log.txt").is_symlink() and
          (slot.handed.out / "progress.jsonl").is_symlink())  # fmt: skip
    assert bench.executor.progress(work) is None
    assert slot.handed
    (slot.handed.out / tasks.GO).touch()
    with refused(JobError, "which is no plain file", "may be harmful"):
        future.result(PATIENCE)
    assert read_log(work.out) == ""
    assert {file.name for file in work.out.iterdir()} <= {tasks.GO}
    assert secret.exists()


def test_an_input_that_a_task_changes_is_noticed(unconfined: Bench, tmp_path: Path) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(b"model")
    with refused(JobError, "“model.tflite” was changed while the job read it"):
        unconfined.run(tasks.ChangeInput(unconfined.out(), file))


def test_an_input_cannot_be_changed_where_workers_are_confined(tmp_path: Path) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(b"model")
    for level in (Level("bubblewrap"), Level("landlock")):
        if obstacle(level):  # said in words, see tests of `confinement`
            continue
        executor = LocalExecutor(0, MEMORY, PATIENCE, level=level)
        try:
            bench = Bench(executor, tmp_path)
            with refused(JobError, "unexpected error", "Error)"):
                bench.run(tasks.ChangeInput(bench.out(), file))
        finally:
            executor.close()
        assert file.read_bytes() == b"model"


def test_a_worker_has_a_home_and_temporary_files_of_its_own(bench: Bench) -> None:
    homes = bench.run(tasks.Surroundings(bench.out()))
    folder = bench.executor._cells.folder
    assert all(Path(home).is_relative_to(folder) for home in homes)


# ---- the whole of what it uses ---------------------------------------------------------------


def test_the_memory_of_processes_that_a_task_starts_counts_too(tmp_path: Path) -> None:
    executor = LocalExecutor(0, 2**29, PATIENCE)
    try:
        small = Bench(executor, tmp_path)
        with refused(JobError, "more than its 0.5 GB of memory"):
            small.run(tasks.StartChildren(small.out(), 300))
        assert small.run(tasks.Add(small.out(), 1, 2)) == 3
    finally:
        executor.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LocalExecutor]:
    executor = LocalExecutor(0, MEMORY, PATIENCE, folder=tmp_path / "workers")
    yield executor
    executor.close()


def test_nothing_is_left_once_it_is_closed(own: LocalExecutor, tmp_path: Path) -> None:
    before = Bench(own, tmp_path)
    before.run(tasks.Add(before.out(), 1, 2), "one")
    wait_for_spare(before)
    sleeps = tasks.Sleep(before.out(), PATIENCE)
    before.submit(sleeps, "two")
    until(lambda: own.progress(sleeps))
    processes = psutil.Process().children(recursive=True)
    ours = [one for one in processes if str(tmp_path / "workers") in " ".join(one.cmdline())]
    assert ours
    shared = set(SHARED.glob("*"))
    own.close()
    own.close()
    assert not [one for one in ours if psutil.pid_exists(one.pid)]
    assert not (tmp_path / "workers").exists()
    assert set(SHARED.glob("*")) <= shared
    assert (sleeps.out / "progress.jsonl").exists(), "what it had made so far"
