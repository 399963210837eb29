"""workers/: a worker process as the server sees it: started, spoken to, ended.

It is started by a program of its own, so that neither the server's main module (under Streamlit:
the app) nor anything in its memory is in it. What the server and it say to each other goes through
its standard input and output; nothing else is shared.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence

from optimizer import launch
from optimizer.errors import JobError
from optimizer.workers import descendants, frames, sandbox
from optimizer.workers.cell import Cell
from optimizer.workers.confinement.level import BUBBLEWRAP, Level
from optimizer.workers.confinement.prison import Prison

PROGRAM = "optimizer.workers.program"
GUARD_REPORTS = 128  # bwrap(1) ends with this and the number of the signal that ended its child
GLANCE = 0.002  # seconds between two looks whether a process has ended
DYING = 1.0  # seconds that the system takes at most to end a process whose pipe has broken
MOST_PROCESSES = 64  # at a time; a task starts one or two beside its own


class WorkerProcess:
    """One process. Start it from the thread that watches it: it ends with that thread.

    Attributes:
        cell: Its folders.
        ready: Whether it has loaded its modules and waits for tasks.
        answers: What it has said of tasks, the oldest first.
    """

    def __init__(self, modules: Sequence[str], cell: Cell, level: Level) -> None:
        """Starts it.

        Args:
            modules: What it loads before its first task.
            cell: Its folders, which are deleted with it.
            level: What confines it.

        Raises:
            OSError: the system does not start it.
        """
        self.cell, self.ready = cell, False
        self._killed, self._guarded = 0.0, level.name == BUBBLEWRAP
        self._alone = 1
        self._held: set[int] = set()
        self.answers: list[bytes] = []
        self._log = cell.folder / "start.txt"
        prison = Prison(level, cell.inbox, cell.outbox)
        places = (level.name, str(cell.inbox), str(cell.outbox))
        command = prison.command(launch.command(PROGRAM, *places, *modules))
        their_requests, self._write = os.pipe()
        self._read, their_answers = os.pipe()
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=their_requests,
                    stdout=their_answers,
                    stderr=log,
                    cwd=cell.outbox,
                    env=sandbox.environment(prison),
                    start_new_session=True,  # Ctrl-C is the server's; what it starts ends with it
                )
        except OSError:
            self._close_pipes()
            raise
        finally:
            os.close(their_requests)
            os.close(their_answers)
        self._requests = frames.Outgoing(self._write)
        self._incoming = frames.Incoming(self._read)

    @property
    def pid(self) -> int:
        """Of the process that was started: the worker, or its guard."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it ended: its exit status, or the negative number of a signal; None while it runs.

        What it started ends with it: that is known by its group, as long as it is not buried.
        """
        if self._process.returncode is None and _is_dead(self.pid):
            _end_group(self.pid)
        return self._process.poll()

    @property
    def waits_for(self) -> tuple[tuple[int, bool], ...]:
        """The descriptors that tell when there is something to exchange; true: to write to."""
        reading = () if self._incoming.ended else ((self._read, False),)
        writing = ((self._write, True),) if self._requests.waits else ()
        return (*reading, *writing)

    @property
    def said_at_start(self) -> str:
        """The last line of what it printed before it was ready."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(errors="replace").split("\n")
            return next((line for line in reversed(lines) if line.strip()), "")
        return ""

    def send(self, request: bytes) -> None:
        """Gives it a task, without waiting until it is read."""
        self._requests.send(request)

    def exchange(self) -> bool:
        """Reads what it said, and writes what it has not read yet, without waiting.

        Returns:
            Whether it lives, and is to. What it said before it died is among the answers.

        Raises:
            JobError: it says more than any task has to say.
        """
        self._requests.go_on()
        while (content := self._incoming.next()) is not None:
            if self.ready:
                self.answers.append(content)
            else:
                self.ready, self._alone = True, len(self.processes())
        if self._incoming.ended:  # it dies, or it does no longer what it was started for
            self._wait()
            self.kill()
            self._wait()
        return self.status is None and not self._killed

    def _wait(self, seconds: float = DYING) -> None:
        deadline = time.monotonic() + seconds
        while self.status is None and time.monotonic() < deadline:
            time.sleep(GLANCE)

    def processes(self) -> list[int]:
        """It and all that it started; of more than `MOST_PROCESSES` one more than that."""
        return descendants.family(self.pid, MOST_PROCESSES + 1)

    @property
    def left_some(self) -> bool:
        """Whether its last task left processes behind, which may do whatever they like."""
        return len(self.processes()) > self._alone

    def hold(self) -> None:
        """Has it and all that it started stand still; a guard goes on."""
        held = {self.pid} if self._guarded else set()
        while new := [pid for pid in self.processes() if pid not in held]:
            _signal(new, signal.SIGSTOP)  # from the oldest on, so that it starts no more
            held.update(new)
        self._held = held

    def let_go(self) -> None:
        """Has it go on."""
        _signal(self._held, signal.SIGCONT)
        self._held = set()

    def kill(self) -> None:
        """Ends it and all that it started; called again, it insists.

        Of a guard the first child is ended, with which all in its namespace go: the guard ends by
        itself then, and nothing is left for the system to bury.
        """
        if self.status is not None:
            return
        now = time.monotonic()
        self._killed = self._killed or now
        self._held.clear()
        inside = descendants.children(self.pid) if self._guarded else []
        with contextlib.suppress(ProcessLookupError):
            if inside and now - self._killed < DYING:
                for child in inside:
                    os.kill(child, signal.SIGKILL)
            else:
                _end_group(self.pid)

    def close(self) -> None:
        """Ends it, waits until it is gone, and deletes its folders."""
        self.kill()
        self._wait()
        self.kill()
        self._wait(float("inf"))
        self._close_pipes()
        self.cell.delete()

    def _close_pipes(self) -> None:
        os.close(self._write)
        os.close(self._read)


def _is_dead(pid: int) -> bool:
    """Whether a child of ours has ended; it stays to be buried."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # somebody else has buried it
        return False


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def signal_of(status: int) -> signal.Signals | None:
    """The signal that ended a process; None if it ended by itself."""
    number = -status if status < 0 else status - GUARD_REPORTS
    try:
        return signal.Signals(number)
    except ValueError:
        return None


def failed_to_start(said: str) -> JobError:
    """What the user is told where a process ends before it is ready."""
    why = f" ({said})" if said else ""
    return JobError(f"No worker process can be started{why}. See the server’s log.")
