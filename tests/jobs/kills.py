"""tests of jobs/: kills a process that writes a study, many times, and tells what it left.

    python -m tests.jobs.kills FOLDER COUNT SEED

Each line that it prints is a `Kill` as JSON. It forks, so that a kill costs milliseconds.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from optimizer.store.records import Job, Status
from optimizer.store.study import INDEX, Study

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Kill:
    """What was there after a kill.

    Attributes:
        written: How many jobs the process said that it had written, earlier ones included.
        found: The jobs in the index when the study was opened again.
        statuses: Their statuses.
        amid: Whether the kill came in the middle of a write.
    """

    written: int
    found: list[str]
    statuses: list[str]
    amid: bool


def write_jobs(folder: Path, tell: int) -> None:
    """Adds jobs until it is killed; tells of each one that is on disk."""
    study = Study(folder)
    while True:
        name = f"job-{len(study.index.jobs)}"
        study.add_job(Job(id=name, recipe="int8" + "x" * 20_000, status=Status.RUNNING))
        os.write(tell, b".")


def kill_once(folder: Path, before: int, rng: random.Random) -> Kill:
    """Kills a writer after a few milliseconds; every second time once it has written something.

    Otherwise a busy machine kills all of them while they open the study.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        write_jobs(folder, write_end)
    os.close(write_end)
    first = os.read(read_end, 1) if rng.random() < 0.5 else b""
    time.sleep(rng.uniform(0.002, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read_end, "rb") as told:
        written = before + len(first + told.read())
    beside = folder / f".{INDEX}.new"
    amid = beside.exists()
    beside.unlink(missing_ok=True)
    study = Study(folder)
    jobs = study.index.jobs
    study.close()
    return Kill(written, [job.id for job in jobs], [job.status.value for job in jobs], amid)


def kills_of(folder: Path, count: int, seed: int = 0) -> list[Kill]:
    """Kills writers of the closed study in `folder`, one after the other, `count` times."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.jobs.kills", str(folder), str(count), str(seed)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    kills = [Kill(**json.loads(line)) for line in run.stdout.splitlines()]
    assert len(kills) == count
    return kills


def check(kills: Sequence[Kill]) -> None:
    """Each left the old index or the new one, never another: what was said to be written is there.

    A hundred kills always come in the middle of a write once at least.
    """
    for kill in kills:
        assert len(kill.found) in {kill.written, kill.written + 1}
        assert kill.found == [f"job-{i}" for i in range(len(kill.found))]
        assert set(kill.statuses) <= {Status.INTERRUPTED.value}
    assert any(kill.amid for kill in kills), "no kill came in the middle of a write"
    assert kills[-1].found


def main() -> None:
    """Prints a line for each kill."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)  # noqa: S311 (no secret)
    before = 0
    for _ in range(count):
        kill = kill_once(folder, before, rng)
        before = len(kill.found)
        sys.stdout.write(json.dumps(asdict(kill)) + "\n")


if __name__ == "__main__":
    main()
