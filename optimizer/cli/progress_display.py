"""cli/: draws how far things are, as bars on a terminal and as lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich import progress as rich_progress
from rich.console import Console

from optimizer.words import rough_duration
from optimizer.workers.progress import Progress

WIDTH = 24  # of a bar, in characters
WORTH_TELLING = 1.0  # seconds at a stage before what is left of it is told
MUCH_ENOUGH = 0.1  # of a stage, from which on the rest of it can be told


class Display(Protocol):
    """Shows how far several things are that go on at the same time."""

    def show(self, what: str, now: Progress) -> None:
        """Says how far one of them is."""

    def remove(self, what: str) -> None:
        """Forgets one that has ended."""

    def paused(self) -> AbstractContextManager[None]:
        """Leaves the terminal to what is printed meanwhile."""

    def close(self) -> None:
        """Leaves the terminal for good."""


def time_left(elapsed: float, now: Progress) -> str:
    """What a stage will still take, for people; nothing where that would be a guess.

    Args:
        elapsed: seconds since the stage began.
        now: how far it is.
    """
    known = elapsed >= WORTH_TELLING and MUCH_ENOUGH <= now.fraction < 1
    if not known or now.stage.endswith(" left"):  # a training says it itself
        return ""
    return f"{rough_duration(elapsed * (1 - now.fraction) / now.fraction)} left"


class Bars:
    """A bar for each, the name before it, behind it its stage, how long it is at work and what its
    stage will still take; gone when it ends.
    """

    def __init__(self) -> None:
        self._bars = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(WIDTH),
            rich_progress.TextColumn("{task.fields[stage]}", markup=False),
            rich_progress.TimeElapsedColumn(),
            rich_progress.TextColumn("{task.fields[left]}", markup=False),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # results go to standard output, whatever it is
        )
        self._tasks: dict[str, rich_progress.TaskID] = {}
        self._stages: dict[str, tuple[str, float]] = {}  # each one's stage, and when it began

    def show(self, what: str, now: Progress) -> None:
        """See `Display.show`."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=1, stage="", left="")
        if self._stages.get(what, ("", 0.0))[0] != now.stage:
            self._stages[what] = (now.stage, time.monotonic())
        left = time_left(time.monotonic() - self._stages[what][1], now)
        self._bars.update(self._tasks[what], completed=now.fraction, stage=now.stage, left=left)
        self._bars.start()

    def remove(self, what: str) -> None:
        """See `Display.remove`."""
        if what in self._tasks:
            self._bars.remove_task(self._tasks.pop(what))
            del self._stages[what]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """See `Display.paused`."""
        self._bars.stop()
        yield
        if self._tasks:
            self._bars.start()

    def close(self) -> None:
        """See `Display.close`."""
        self._bars.stop()


class Lines:
    """A line for each stage of each, so that a log of it can be read."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def show(self, what: str, now: Progress) -> None:
        """See `Display.show`."""
        if self._told.get(what) != now.stage:
            self._told[what] = now.stage
            print(f"{what}: {now.stage}", file=sys.stderr, flush=True)

    def remove(self, what: str) -> None:
        """See `Display.remove`."""
        self._told.pop(what, None)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """See `Display.paused`."""
        yield

    def close(self) -> None:
        """See `Display.close`."""
