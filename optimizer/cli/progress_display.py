"""cli/: draws how far things are, as bars on a terminal and as lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich import progress as rich_progress
from rich.console import Console

from optimizer.workers.progress import Progress

WIDTH = 24  # of a bar, in characters


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


class Bars:
    """A bar for each, the name before it and its stage and time behind it; gone when it ends."""

    def __init__(self) -> None:
        self._bars = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(WIDTH),
            rich_progress.TextColumn("{task.fields[stage]}", markup=False),
            rich_progress.TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # results go to standard output, whatever it is
        )
        self._tasks: dict[str, rich_progress.TaskID] = {}

    def show(self, what: str, now: Progress) -> None:
        """See `Display.show`."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=1, stage="")
        self._bars.update(self._tasks[what], completed=now.fraction, stage=now.stage)
        self._bars.start()

    def remove(self, what: str) -> None:
        """See `Display.remove`."""
        if what in self._tasks:
            self._bars.remove_task(self._tasks.pop(what))

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
