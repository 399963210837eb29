"""benchmarks/: what it costs that workers are confined: a task, and the change of study.

Theirs is the same without: LITEWEIGH_ISOLATION=off. Both have TensorFlow loaded, and take turns.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import sleep

from benchmarks.row import Row, in_turn, seconds
from optimizer import settings
from optimizer.reporting import Report
from optimizer.workers.confinement.level import NONE, Level, Wish
from optimizer.workers.confinement.strongest import strongest
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.work import Work

NAME = "isolation"
TASKS, CHANGES = 51, 7  # rounds
MOST_OF_A_TASK = 50.0  # ms more than without
MOST_OF_A_CHANGE = 1.0  # seconds
LEFT = 2**20  # bytes: of a small model


@dataclass(frozen=True)
class Small(Work[int]):
    """Reads a file and leaves one, as large as a small model."""

    given: Path

    def run(self, report: Report) -> int:
        """See `Work.run`."""
        report("Reading", 0.0)
        content = self.given.read_bytes()
        return (self.out / "made").write_bytes(content)


class Place:
    """Worker processes at one level, and a study after the other."""

    def __init__(self, folder: Path, level: Level) -> None:
        chosen = settings.from_environment()
        self._folder = folder
        folder.mkdir()
        self._given = folder / "given"
        self._given.write_bytes(bytes(LEFT))
        self.executor = LocalExecutor(
            1, chosen.job_memory, chosen.job_seconds, folder=folder / "workers", level=level
        )
        self._studies, self._tasks = count(), count()
        self._study = ""
        self.change()

    def task(self) -> None:
        """A task of the study that the worker has seen."""
        out = self._folder / str(next(self._tasks))
        out.mkdir()
        work = Small(out, self._given)
        assert self.executor.submit(work, lambda: None, self._study).result() == LEFT

    def change(self) -> None:
        """A task of another study."""
        self._study = f"study {next(self._studies)}"
        self.task()

    def wait_for_spare(self) -> None:
        """Until a process is ready for the next study, as it is a few seconds after a task."""
        spares = self.executor._spares
        while True not in spares.processes or not spares.ready:
            sleep(0.05)


def measure() -> list[Row]:
    """A small task, then changes of study for which a process was ready."""
    level = strongest(Wish.AUTO)
    with _places(level, Level(NONE)) as (confined, free):
        ours, theirs = (1000 * one for one in in_turn(confined.task, free.task, TASKS))
        changes = [(_change(confined), _change(free)) for _ in range(CHANGES)]
    change, free_change = (median(side) for side in zip(*changes, strict=True))
    more = ours - theirs
    return [
        Row(
            NAME, f"ms for a small task: {level.name}, and off", ours, theirs, ours / theirs,
            f"≤ {MOST_OF_A_TASK:g} more", more <= MOST_OF_A_TASK,
        ),
        Row(
            NAME, f"seconds for a change of study: {level.name}, and off", change, free_change,
            change / free_change, f"≤ {MOST_OF_A_CHANGE:g}", change <= MOST_OF_A_CHANGE,
        ),
    ]  # fmt: skip


def _change(place: Place) -> float:
    place.wait_for_spare()
    return seconds(place.change)


@contextmanager
def _places(*levels: Level) -> Iterator[list[Place]]:
    with tempfile.TemporaryDirectory() as folder:
        places: list[Place] = []
        try:
            for number, level in enumerate(levels):
                places.append(Place(Path(folder, str(number)), level))
            yield places
        finally:
            for place in places:
                place.executor.close()
