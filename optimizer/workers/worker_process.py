"""workers/: a worker process as the server sees it: started, spoken to, ended.

It is started by a program of its own, so that neither the server's main module (under Streamlit:
the app) nor anything in its memory is in it. What the server and it say to each other goes through
its standard input and output; nothing else is shared.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from optimizer import launch
from optimizer.errors import JobError
from optimizer.workers import frames, memory, sandbox

PROGRAM = "optimizer.workers.program"
GUARD_REPORTS = 128  # bwrap(1) ends with this and the number of the signal that ended its child
DYING = 1.0  # seconds that the system takes at most to end a process whose pipe has broken


class WorkerProcess:
    """One process. Start it from the thread that watches it: it ends with that thread.

    Attributes:
        ready: Whether it has loaded its modules and waits for tasks.
        answers: What it has said of tasks, the oldest first.
    """

    def __init__(self, modules: Sequence[str], folder: Path) -> None:
        """Starts it.

        Args:
            modules: What it loads before its first task.
            folder: Where it stands, and writes; it exists.

        Raises:
            OSError: the system does not start it.
        """
        self.ready = False
        self.answers: list[bytes] = []
        self._log = folder / "start.txt"
        their_requests, self._write = os.pipe()
        self._read, their_answers = os.pipe()
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    launch.command(PROGRAM, *modules),
                    stdin=their_requests,
                    stdout=their_answers,
                    stderr=log,
                    cwd=folder,
                    env=sandbox.environment(os.environ),
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
        """How it ended: its exit status, or the negative number of a signal; None while it runs."""
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
            Whether it lives. What it said before it died is among the answers.

        Raises:
            JobError: it says more than any task has to say.
        """
        self._requests.go_on()
        while (content := self._incoming.next()) is not None:
            if self.ready:
                self.answers.append(content)
            self.ready = True
        if self._incoming.ended:  # it dies, or it does no longer what it was started for
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(DYING)
            self.kill()
        return self.status is None

    def resident_bytes(self) -> int:
        """What it and all that it started have in memory."""
        return memory.resident_bytes(self.pid)

    def kill(self) -> None:
        """Ends it and all that it started."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends it, waits until it is gone, and closes the pipes."""
        self.kill()
        self._process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        os.close(self._write)
        os.close(self._read)


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
