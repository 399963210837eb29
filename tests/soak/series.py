"""tests/soak: what is done over and over; each run has a number, which is its seed."""

import atexit
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.kills.rounds import count

if TYPE_CHECKING:
    from tests.fuzz.__main__ import Fuzzer

ROOT = Path(__file__).parents[2]
WRITERS, TASKS = 100, 60  # in one run
PATIENCE = 120  # seconds
FUZZ = 270  # rounds of all targets; they take an hour on an idle machine
Found = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """Something that is run many times.

    Attributes:
        count: How many runs are wanted unless one says otherwise.
        run: Does it once, told its number; returns what it saw, and raises if that must not be.
        summary: What it looks for, in one line.
    """

    count: int
    run: Callable[[int], Found]
    summary: str


def kills(number: int) -> Found:
    """Makes a study while its processes are killed at recorded points; see `tests.kills`."""
    from tests.kills.rounds import run, slices

    chosen = number % len(slices())
    return {"kills": run(number), "slice": chosen, "host": slices()[chosen][0][0]}


def writers(number: int) -> Found:
    """Kills a process that writes a study's index, a hundred times."""
    from tests.jobs.kills import check, kills_of
    from tests.variants import study, variant

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "tiny")
        study(folder, variant("float32")).close()
        found = kills_of(folder, WRITERS, seed=number)
        check(found)
    return {"kills": len(found), "amid a write": sum(kill.amid for kill in found)}


def fuzz(number: int) -> Found:
    """One round on every reader of strangers' files, and every writer; see `tests.fuzz`."""
    from tests.fuzz.__main__ import ROUNDS

    fuzzer = _fuzzer()
    before = fuzzer.isolation.crashes
    for name in ROUNDS:
        fuzzer.run(name, number)
    return {"targets": len(ROUNDS), "crashes": fuzzer.isolation.crashes - before}


@cache
def _fuzzer() -> "Fuzzer":
    """One for all rounds, for each goes on from what the ones before it found."""
    from tests.fuzz.__main__ import Fuzzer

    fuzzer = Fuzzer()
    atexit.register(fuzzer.isolation.close)
    return fuzzer


def load(number: int) -> Found:
    """Many tasks at once, some of which crash, hang and are cancelled; then one that works."""
    from optimizer.workers.executor import LocalExecutor
    from optimizer.workers.work import Work
    from tests.workers import tasks
    from tests.workers.conftest import MEMORY, Bench

    rng = random.Random(number)  # noqa: S311 (no secret)
    executor = LocalExecutor(0, MEMORY, seconds=PATIENCE)
    ends = {"result": 0, "error": 0, "cancelled": 0}
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(executor, Path(place))
        try:
            kinds: list[Callable[[Path], Work[Any]]] = [
                lambda out: tasks.Add(out, 1, 2), tasks.Abort, tasks.Leave, tasks.Refuse,
                lambda out: tasks.Sleep(out, 10 * PATIENCE),
            ]  # fmt: skip
            works = [make(bench.out()) for make in rng.choices(kinds, [4, 1, 1, 1, 1], k=TASKS)]
            submitted = [(work, bench.submit(work)) for work in works]
            for work, future in submitted:
                if isinstance(work, tasks.Sleep) or rng.random() < 0.2:
                    time.sleep(rng.uniform(0, 0.05))
                    executor.cancel(future)
                ends[end_of(future)] += 1
            assert bench.run(tasks.Add(bench.out(), 1, 2)) == 3
        finally:
            executor.close()
    return ends


def end_of(future: "Future[Any]") -> str:
    """How a task ended; every one has to."""
    from optimizer.errors import LiteweighError

    try:
        future.result(PATIENCE)
    except CancelledError:
        return "cancelled"
    except LiteweighError:
        return "error"
    return "result"


def same_file(number: int) -> Found:
    """A file is timed against itself. Whether the interval holds 1 is counted, not demanded."""
    from optimizer.measure.latency import measure_latency

    with tempfile.TemporaryDirectory() as place:
        file, samples = sample_file(Path(place))
        found = measure_latency([file] * 2, samples, budget_seconds=2, seed=number).results[1]
    assert found.ratio is not None
    assert found.ratio_low is not None
    assert found.ratio_high is not None
    return {
        "ratio": found.ratio,
        "low": found.ratio_low,
        "high": found.ratio_high,
        "holds 1": found.ratio_low <= 1 <= found.ratio_high,
    }


def sample_file(folder: Path) -> tuple[Path, Any]:
    """The embedded sample model as float32, and some of its images."""
    import keras
    import numpy as np
    import tensorflow as tf

    from optimizer import sample
    from tests.samples import ArraySamples

    model = keras.models.load_model(sample.MODEL, compile=False)
    file = folder / "sample.tflite"
    file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    with np.load(sample.DATA) as data:
        images = data["x_test"][:50].astype(np.float32) / np.float32(255)
    return file, ArraySamples((images.reshape(-1, *model.input_shape[1:]),))


def tests_again(number: int) -> Found:
    """The tests that rest on clocks and processes, which fail by chance if they ever do."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "clock", "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:]
    return {"said": run.stdout.splitlines()[-1]}


SERIES = {
    "kills": Series(
        count(), kills, "a study survives kills of whatever makes it, at every point of every stage"
    ),
    "writers": Series(100, writers, "an index survives whatever kills its writer"),
    "fuzz": Series(FUZZ, fuzz, "a broken file is read, refused or written anew, and nothing else"),
    "load": Series(100, load, "every task ends, and the next one works"),
    "same-file": Series(200, same_file, "the interval of a file timed against itself holds 1"),
    "clock-tests": Series(50, tests_again, "tests that measure time never fail by chance"),
}
