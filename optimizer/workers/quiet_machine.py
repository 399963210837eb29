"""workers/: keeps the machine quiet while latency is measured, between all Liteweighs of a user.

Every task has a ticket in one queue for as long as it waits and runs; tickets are given their turn
in the order in which they came. A measurement runs while no other ticket does, other work while no
measurement does; how work that runs makes way is told in `holding`. A server's tickets go with it:
each server holds a lock on a file of its own, which the system lets go of when it dies.
"""

import itertools
import json
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from optimizer.files import locks
from optimizer.workers.user_folder import user_folder

QUEUE, LOCK, SERVER = "queue.json", "queue.lock", "server-"
SILENT = 30.0  # seconds after which a server that waits but does not ask is passed over
PATIENCE = 1.0  # seconds
GRACE = 60.0  # seconds beyond its limit after which a task's turn is over, whatever it does
DISTURBED = "Other Liteweighs may disturb this task, or be disturbed: %s"
LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ticket:
    """A task's place in the queue.

    Attributes:
        server: Of which server.
        number: Which of its tasks.
        process: The server's process, for people.
        quiet: Whether nothing else may run meanwhile.
        urgent: Whether somebody waits for it at a page.
        runs: Whether it has its turn.
        until: When it is no longer counted: a moment of the system's clock.
    """

    server: str
    number: int
    process: int
    quiet: bool
    runs: bool
    until: float
    urgent: bool = False


class Wanted(NamedTuple):
    """What waits for a turn.

    Attributes:
        quiet: Whether a measurement does.
        urgent: Whether something does for which somebody waits at a page.
    """

    quiet: bool
    urgent: bool


TICKETS = TypeAdapter(tuple[Ticket, ...])


class Turns:
    """The tickets of one server. Used by one thread."""

    def __init__(self, seconds: float) -> None:
        """
        Args:
            seconds: What a task may take.
        """
        self._seconds = seconds
        self._server, self._numbers = uuid.uuid4().hex, itertools.count()
        self._own: list[Ticket] = []  # what counts where there is no queue of all servers
        try:
            self._folder: Path | None = user_folder()
            lock = _taken(self._folder / LOCK)  # so that nobody sweeps it before it is held
            try:
                self._sweep()
                self._alive = locks.take(self._folder / f"{SERVER}{self._server}")
            finally:
                os.close(lock)
        except OSError as error:
            self._folder = None
            LOGGER.warning(
                "Other Liteweighs of this machine may disturb the measuring of latency: %s", error
            )

    def draw(self) -> int:
        """A ticket's number for a new task."""
        return next(self._numbers)

    def ask(self, number: int, *, quiet: bool, urgent: bool = False) -> str | None:
        """Asks for a turn; None if the task has it, else why it has to wait, for the user.

        Asked again and again, it gets its turn in the order of the first time.
        """
        until = _now() + SILENT
        mine = Ticket(self._server, number, os.getpid(), quiet, False, until, urgent)
        with self._queue() as tickets:
            place = next((n for n, one in enumerate(tickets) if _same(one, mine)), len(tickets))
            before, others = tickets[:place], [one for one in tickets if not _same(one, mine)]
            runs = [one for one in others if one.runs]
            if quiet:
                stops = [*runs, *(one for one in before if not one.runs)]
            else:
                stops = [one for one in (*runs, *before) if one.quiet]
            if not stops:
                mine = replace(mine, runs=True, until=_now() + self._seconds + GRACE)
            tickets[place : place + 1] = [mine]
        return _why(stops[0], quiet=quiet) if stops else None

    def give_way(self, number: int) -> None:
        """Gives a turn back, to ask for another one: whoever has asked already comes before."""
        with self._queue() as tickets:
            mine = [t for t in tickets if (t.server, t.number) == (self._server, number)]
            tickets[:] = [t for t in tickets if t not in mine]
            tickets += [replace(t, runs=False, until=_now() + SILENT) for t in mine]

    def wanted(self) -> Wanted:
        """Who waits for a turn."""
        with self._queue() as tickets:
            waiting = [one for one in tickets if not one.runs]
        return Wanted(any(t.quiet for t in waiting), any(t.urgent for t in waiting))

    def give_back(self, number: int) -> None:
        """Ends a turn, or the waiting for one."""
        with self._queue() as tickets:
            tickets[:] = [t for t in tickets if (t.server, t.number) != (self._server, number)]

    def close(self) -> None:
        """Gives all back."""
        if self._folder:
            (self._folder / f"{SERVER}{self._server}").unlink(missing_ok=True)
            os.close(self._alive)
            with self._queue():
                pass  # which drops the tickets
            self._folder = None

    @contextmanager
    def _queue(self) -> Iterator[list[Ticket]]:
        """The tickets that count, to be changed in place; this server's alone where others cannot
        be told of them: there is no folder, or the disk does not take it.
        """
        lock = self._lock_of_all()
        if lock is None or self._folder is None:
            self._own = [ticket for ticket in self._own if ticket.until > _now()]
            yield self._own
            return
        try:
            file = self._folder / QUEUE
            kept = self._of_the_living(_read(file))
            yield kept
            self._own = [ticket for ticket in kept if ticket.server == self._server]
            file.write_text(json.dumps([asdict(ticket) for ticket in kept]))
        except OSError as error:
            LOGGER.warning(DISTURBED, error)
        finally:
            os.close(lock)

    def _lock_of_all(self) -> int | None:
        try:
            return _taken(self._folder / LOCK) if self._folder else None
        except OSError as error:
            LOGGER.warning(DISTURBED, error)
            return None

    def _sweep(self) -> None:
        """Deletes what servers left that were killed. Under the lock of the queue."""
        assert self._folder  # noqa: S101 (for the type checker)
        for file in self._folder.glob(f"{SERVER}*"):
            self._lives(file.name.removeprefix(SERVER))

    def _of_the_living(self, tickets: tuple[Ticket, ...]) -> list[Ticket]:
        servers = {ticket.server for ticket in tickets}
        living = {server for server in servers if self._lives(server)}
        now = _now()
        return [one for one in tickets if one.server in living and one.until > now]

    def _lives(self, server: str) -> bool:
        assert self._folder  # noqa: S101 (for the type checker)
        file = self._folder / f"{SERVER}{server}"
        try:
            lock = locks.take(file)
        except BlockingIOError:
            return True
        file.unlink(missing_ok=True)
        os.close(lock)
        return False


def _taken(file: Path) -> int:
    """The lock of the queue, which nobody holds for more than a moment unless it is stopped.

    Raises:
        BlockingIOError: somebody does.
    """
    until = _now() + PATIENCE
    while True:
        try:
            return locks.take(file)
        except BlockingIOError:
            if _now() > until:
                raise
        time.sleep(PATIENCE / 200)


def _read(file: Path) -> tuple[Ticket, ...]:
    try:
        return TICKETS.validate_json(file.read_bytes())
    except (OSError, ValueError):  # there is none yet; nobody waits by a queue that is damaged
        return ()


def _same(one: Ticket, other: Ticket) -> bool:
    return (one.server, one.number) == (other.server, other.number)


def _why(first: Ticket, *, quiet: bool) -> str:
    another = f"another Liteweigh (process {first.process})"
    whose = "this Liteweigh" if first.process == os.getpid() else another
    if quiet:
        return f"Waiting for a quiet machine: {whose} is at work"
    return f"Waiting: {whose} measures latency"


def _now() -> float:
    return time.time()
