"""workers/: one worker process, and the task that it is at.

Each task that goes wrong (cancel, time, memory, crash) takes its process with it and disturbs no
other. Only the thread that watches the workers uses a slot.
"""

import pickle
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from optimizer.errors import JobError, LiteweighError
from optimizer.workers import answer, sandbox
from optimizer.workers.process import out_of_memory
from optimizer.workers.work import Work
from optimizer.workers.worker_process import WorkerProcess, failed_to_start, signal_of

MEMORY_PAUSE = 0.25  # seconds between two looks at how much memory a task has
T = TypeVar("T")
Tell = Callable[[], None]


@dataclass(frozen=True)
class Limits:
    """What one task may use.

    Attributes:
        memory: Bytes.
        seconds: Of wall-clock time.
    """

    memory: int
    seconds: float


@dataclass(eq=False)
class Submitted(Generic[T]):
    """A task that waits for a process, or has one."""

    work: Work[T]
    on_start: Callable[[], None]
    future: "Future[T]" = field(default_factory=Future)
    cancelled: bool = False


class Slot:
    """A worker process; when it has ended it is started anew.

    Attributes:
        tensorflow: Whether it has TensorFlow loaded.
        current: What it is doing; None while it is idle.
        process: The one that it has now; None where the system does not start any.
        failure: Why the process never became ready; None while it may, and once it is.
    """

    def __init__(self, modules: Sequence[str], folder: Path, *, tensorflow: bool) -> None:
        """Starts a process that loads `modules` and stands in `folder`, which is made."""
        self.tensorflow = tensorflow
        self.current: Submitted[Any] | None = None
        self._modules, self._folder = modules, folder
        folder.mkdir()
        self.start()

    def start(self) -> None:
        """Starts a new process, in the place of one that has ended or is to."""
        self.stop()
        self.failure: JobError | None = None
        try:
            self.process = WorkerProcess(self._modules, self._folder)
        except OSError as error:
            self.failure = failed_to_start(str(error))
        self._answer: bytes | LiteweighError | None = None
        self._reason: str | None = None
        self._deadline = self._next_look = 0.0

    def stop(self) -> None:
        """Ends the process."""
        if self.process:
            self.process.close()
        self.process = None

    process: WorkerProcess | None = None

    @property
    def ready(self) -> bool:
        """Whether the process is up, or could not be started."""
        return self.failure is not None or (self.process is not None and self.process.ready)

    @property
    def idle(self) -> bool:
        """Whether it can take up a task, or tell why not."""
        return self.current is None and self.ready

    def run(self, submitted: Submitted[Any], limits: Limits) -> None:
        """Starts a task.

        Raises:
            JobError: there is no process, or the task cannot be sent to it.
        """
        if self.failure or not self.process:
            failure = self.failure or failed_to_start("")
            self.start()
            raise failure
        try:
            request = pickle.dumps((submitted.work, limits.memory))
        except Exception as error:  # whatever its fields lead to
            raise JobError(
                f"The task cannot be sent to a worker ({type(error).__name__}: {error})."
            ) from error
        self.process.send(request)
        self.current = submitted
        self._deadline = time.monotonic() + limits.seconds

    def look_after(self, limits: Limits) -> Tell | None:
        """Hears what the process says, and ends a task that goes beyond its limits.

        Returns:
            How to tell the task's result, once it is there.
        """
        if not self.process:
            return None
        lives = self._hear(self.process)
        if self.current is None:
            if not lives and self.process.ready:  # it died while it was idle
                self.start()
            elif not lives:
                self.failure = failed_to_start(self.process.said_at_start)
            return None
        if lives and self._answer is None:
            if self._reason is None:
                self._hold_to(self.current, self.process, limits)
            return None
        return self._end(self.current, self.process, lives=lives)

    def _hear(self, process: WorkerProcess) -> bool:
        """Exchanges with the process; false if it has died."""
        try:
            lives = process.exchange()
        except JobError as error:
            self._answer = error
            return False
        if process.answers:
            self._answer = process.answers.pop(0)
        return lives

    def _end(self, submitted: Submitted[Any], process: WorkerProcess, *, lives: bool) -> Tell:
        told, reason, status = self._answer, self._reason, process.status
        self.current = self._answer = None
        if reason or not lives:
            self.start()
        future = submitted.future
        if isinstance(told, bytes):
            try:
                result = answer.read(type(submitted.work), told)
            except LiteweighError as error:
                told = error
            else:  # also where it was told to end in the moment in which it was done
                return partial(future.set_result, result)
        sandbox.clear(submitted.work.out)
        if submitted.cancelled:
            return partial(future.set_exception, CancelledError())
        if told is None or reason:
            told = JobError(reason or _why_it_died(status))
        return partial(future.set_exception, told)

    def _hold_to(self, submitted: Submitted[Any], process: WorkerProcess, limits: Limits) -> None:
        now = time.monotonic()
        if submitted.cancelled:
            self._kill(process, "cancelled")
        elif now > self._deadline:
            self._kill(
                process,
                f"The job took longer than its {limits.seconds / 60:g} minutes and was stopped. "
                "Use fewer samples, or raise LITEWEIGH_JOB_MINUTES.",
            )
        elif now > self._next_look:
            self._next_look = now + MEMORY_PAUSE
            if process.resident_bytes() > limits.memory:
                self._kill(process, out_of_memory(limits.memory))

    def _kill(self, process: WorkerProcess, reason: str) -> None:
        """Kills the process; the task then fails, and `reason` says why."""
        self._reason = reason
        process.kill()


def _why_it_died(status: int | None) -> str:
    """A sentence for a worker that ended without being told to."""
    ended_by = None if status is None else signal_of(status)
    if ended_by is signal.SIGKILL:
        return (
            "The system ended the process that did the work, most often because memory ran out. "
            "Close other programs or set LITEWEIGH_WORKERS=1, and run it again."
        )
    if ended_by:
        return (
            f"The process that did the work crashed ({ended_by.name}) inside TensorFlow or LiteRT. "
            "The other jobs are not affected; the log may say where."
        )
    return "The process that did the work ended unexpectedly. The log may say why; run it again."
