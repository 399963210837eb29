"""workers/: keeps the machine quiet while latency is measured, between all Liteweighs of a user.

Every task has a ticket in one queue for as long as it waits and runs; tickets are given their turn
in the order in which they came. A measurement runs while no other ticket does, other work while no
measurement does. A server's tickets go with it: each server holds a lock on a file of its own,
which the system lets go of when it dies.
"""

import itertools
import json
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from optimizer.files import locks
from optimizer.workers.user_folder import user_folder

QUEUE, LOCK, SERVER = "queue.json", "queue.lock", "server-"
SILENT = 30.0  # seconds after which a server that waits but does not ask is passed over
PATIENCE = 1.0  # seconds
GRACE = 60.0  # seconds beyond its limit after which a task's turn is over, whatever it does
LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ticket:
    """A task's place in the queue.

    Attributes:
        server: Of which server.
        number: Which of its tasks.
        process: The server's process, for people.
        quiet: Whether nothing else may run meanwhile.
        runs: Whether it has its turn.
        until: When it is no longer counted: a moment of the system's clock.
    """

    server: str
    number: int
    process: int
    quiet: bool
    runs: bool
    until: float


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
        try:
            self._folder: Path | None = user_folder()
            self._alive = locks.take(self._folder / f"{SERVER}{self._server}")
        except OSError as error:
            self._folder = None
            LOGGER.warning(
                "Other Liteweighs of this machine may disturb the measuring of latency: %s", error
            )

    def draw(self) -> int:
        """A ticket's number for a new task."""
        return next(self._numbers)

    def ask(self, number: int, *, quiet: bool) -> str | None:
        """Asks for a turn; None if the task has it, else why it has to wait, for the user.

        Asked again and again, it gets its turn in the order of the first time.
        """
        mine = Ticket(self._server, number, os.getpid(), quiet, runs=False, until=_now() + SILENT)
        try:
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
        except OSError as error:
            LOGGER.warning("Other Liteweighs may disturb this task, or be disturbed: %s", error)
            return None
        return _why(stops[0], quiet=quiet) if stops else None

    def give_back(self, number: int) -> None:
        """Ends a turn, or the waiting for one."""
        with suppress(OSError), self._queue() as tickets:
            tickets[:] = [t for t in tickets if (t.server, t.number) != (self._server, number)]

    def close(self) -> None:
        """Gives all back."""
        if self._folder:
            (self._folder / f"{SERVER}{self._server}").unlink(missing_ok=True)
            os.close(self._alive)
            with suppress(OSError), self._queue():
                pass  # which drops the tickets
            self._folder = None

    @contextmanager
    def _queue(self) -> Iterator[list[Ticket]]:
        """The tickets that count, to be changed in place.

        Raises:
            OSError: there is no folder for them, or the disk does not take it.
        """
        if not self._folder:
            yield []
            return
        lock = _taken(self._folder / LOCK)
        try:
            file = self._folder / QUEUE
            kept = self._of_the_living(_read(file))
            yield kept
            file.write_text(json.dumps([asdict(ticket) for ticket in kept]))
        finally:
            os.close(lock)

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
