"""tests of benchmarks/: one that is ended amid its work leaves nothing."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.levels import some
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
SHARED = Path("/dev/shm")  # noqa: S108 (nothing is written there)
SHARES = {"queue.json", "queue.lock"}
"""Files that all Liteweighs of a user share stay."""
ENDS = [(name, number) for name in ("server", "one", "latency", "train")
        for number in (signal.SIGTERM, signal.SIGINT)]  # fmt: skip


@pytest.mark.parametrize(("name", "number"), some(ENDS, quick=[ENDS[2]]), ids=str)
def test_a_benchmark_that_is_asked_to_end_leaves_nothing(
    tmp_path: Path, name: str, number: signal.Signals
) -> None:
    before = {file.name for file in SHARED.glob("*")}
    shared: set[str] = set()
    benchmark = subprocess.Popen(
        [sys.executable, "-m", "benchmarks", "--only", name], cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    family: list[psutil.Process] = []
    try:
        until(lambda: _started(benchmark.pid))
        family = [psutil.Process(benchmark.pid), *_started(benchmark.pid)]
        for process in family:
            with suppress(psutil.Error, NotImplementedError):
                maps = {Path(one.path) for one in process.memory_maps()}
                shared |= {path.name for path in maps if path.parent == SHARED}
        benchmark.send_signal(number)
        assert benchmark.wait(PATIENCE) != 0
        until(lambda: not [one for one in family if one.is_running()], 20)
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        benchmark.kill()
        benchmark.wait()
    assert not {file.name for file in SHARED.glob("*")} & shared - before
    left = [file for file in tmp_path.rglob("*") if not file.is_dir() and file.name not in SHARES]
    assert not left


def _started(pid: int) -> list[psutil.Process]:
    """What the benchmark has started, once that is at work."""
    try:
        started = psutil.Process(pid).children(recursive=True)
        return [one for one in started if one.cpu_times().user > 0.2]
    except psutil.Error:
        return []
