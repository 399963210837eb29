"""tests of workers/: it costs little that workers are confined: what is promised, by the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from optimizer.workers.confinement.level import Level, Wish
from optimizer.workers.confinement.strongest import strongest
from optimizer.workers.executor import LocalExecutor
from tests.waiting import PATIENCE, until
from tests.workers import tasks
from tests.workers.conftest import MEMORY, Bench

# Where one round in twenty is late for reasons of its own, a median of so many is late less than
# once in 10,000 runs: the sum over k > n/2 of binomials (n over k) 0.05^k is below 4e-5.
TASKS, CHANGES = 21, 9
TASK, CHANGE = 0.05, 1.0  # seconds
FILE = 2**20  # bytes


@contextmanager
def at(level: Level, folder: Path) -> Iterator[Bench]:
    folder.mkdir()
    executor = LocalExecutor(0, MEMORY, PATIENCE, folder=folder / "workers", level=level)
    try:
        yield Bench(executor, folder)
    finally:
        executor.close()


def seconds(bench: Bench, model: Path, owner: str) -> float:
    """What a task takes that reads a file and leaves one, as the server sees it."""
    work = tasks.Copy(bench.out(), model)
    began = perf_counter()
    bench.run(work, owner)
    return perf_counter() - began


@pytest.mark.clock
def test_a_task_takes_hardly_longer_where_workers_are_confined(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.write_bytes(bytes(FILE))
    with (
        at(strongest(Wish.AUTO), tmp_path / "confined") as confined,
        at(Level("none"), tmp_path / "free") as free,
    ):
        rounds = [(seconds(confined, model, "a"), seconds(free, model, "a")) for _ in range(TASKS)]
    assert median(ours - theirs for ours, theirs in rounds) < TASK, rounds


@pytest.mark.clock
def test_a_change_of_study_takes_less_than_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.workers.spares.CALM", 0.01)  # the next process is made at once
    model = tmp_path / "model"
    model.write_bytes(bytes(FILE))
    with at(strongest(Wish.AUTO), tmp_path / "confined") as bench:
        bench.run(tasks.Add(bench.out(), 1, 2), "the first")
        spares = bench.executor._spares
        rounds = []
        for number in range(CHANGES):
            until(lambda: spares.processes and spares.ready)
            rounds.append(seconds(bench, model, f"study {number}"))
    assert median(rounds) < CHANGE, rounds
