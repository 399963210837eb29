"""workers/: one worker process, and the task that it is at.

Each is a loky executor of one process, so ending it (cancel, time, memory, crash) disturbs no
other. loky starts its processes without running the caller's main module, which under Streamlit
would be the app.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import psutil
from loky import ProcessPoolExecutor

from optimizer.errors import JobError, LiteweighError
from optimizer.workers import process, sandbox
from optimizer.workers.work import Work

# loky replaces a process that grew by 300 MB; importing TensorFlow anew would cost more.
ENVIRONMENT = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e13", "TF_CPP_MIN_LOG_LEVEL": "2"}
T = TypeVar("T")


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
    """

    def __init__(self, modules: tuple[str, ...], *, tensorflow: bool) -> None:
        """Starts a process that loads `modules`."""
        self.tensorflow = tensorflow
        self.current: Submitted[Any] | None = None
        self._modules = modules
        self._start()

    def _start(self) -> None:
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            timeout=None,
            env={**sandbox.environment(os.environ), **ENVIRONMENT},
            initializer=process.start,
            initargs=(os.getpid(), self._modules),
        )
        self.process_id: Future[int] = self._pool.submit(os.getpid)
        self._call: Future[Any] = Future()
        self._reason: str | None = None
        self._deadline = 0.0

    @property
    def ready(self) -> bool:
        """Whether the process is up, or could not be started."""
        return self.process_id.done()

    @property
    def idle(self) -> bool:
        """Whether it can take up a task."""
        return self.current is None and self.ready

    def run(self, submitted: Submitted[Any], limits: Limits) -> None:
        """Starts a task.

        Raises:
            BrokenExecutor: the process died while it was idle, or could not be started.
        """
        self._call = self._pool.submit(process.run, submitted.work, limits.memory)
        self.current = submitted
        self._deadline = time.monotonic() + limits.seconds

    def look_after(self, limits: Limits) -> Callable[[], None] | None:
        """Ends a task that goes beyond its limits; returns how to tell the result once it is there.

        Only for a slot at work.
        """
        submitted, call = self.current, self._call
        assert submitted is not None  # noqa: S101 (for the type checker)
        if not call.done():
            if self._reason is None:
                self._hold_to(limits)
            return None
        self.current = None
        error = call.exception()
        if error is None:
            if self._reason:  # it was told to end in the moment in which it was done
                self.restart()
            return partial(submitted.future.set_result, call.result())
        if isinstance(error, LiteweighError) and self._reason is None:
            return partial(submitted.future.set_exception, error)
        reason = self._reason or _why_it_died(error)
        self.restart()
        sandbox.clear(submitted.work.out)
        if submitted.cancelled:
            return partial(submitted.future.set_exception, CancelledError())
        return partial(submitted.future.set_exception, JobError(reason))

    def _hold_to(self, limits: Limits) -> None:
        if time.monotonic() > self._deadline:
            self.end(
                f"The job took longer than its {limits.seconds / 60:g} minutes and was stopped. "
                "Use fewer samples, or raise LITEWEIGH_JOB_MINUTES."
            )
        elif self._resident_bytes() > limits.memory:
            self.end(process.out_of_memory(limits.memory))

    def end(self, reason: str) -> None:
        """Kills the process; the task then fails, and `reason` says why."""
        self._reason = reason
        with contextlib.suppress(ProcessLookupError):  # it may die by itself in this moment
            os.kill(self.process_id.result(), signal.SIGKILL)

    def _resident_bytes(self) -> int:
        try:
            return int(psutil.Process(self.process_id.result()).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def restart(self) -> None:
        """Starts a new process in the place of one that has ended, or is to."""
        self._pool.shutdown(wait=False, kill_workers=True)
        self._start()

    def stop(self) -> None:
        """Ends the process for good."""
        # An idle worker ends by itself; killing it would leave its semaphores behind.
        self._pool.shutdown(wait=True, kill_workers=not self.idle)


def _why_it_died(error: BaseException) -> str:
    """A sentence for a worker that ended without being told to; loky names the exit codes."""
    text = str(error)
    for name in signal.Signals.__members__:
        if name in text and name != "SIGKILL":
            return (
                f"The process that did the work crashed ({name}) inside TensorFlow or LiteRT. "
                "The other jobs are not affected; the log may say where."
            )
    if "SIGKILL" in text:
        return (
            "The system ended the process that did the work, most often because memory ran out. "
            "Close other programs or set LITEWEIGH_WORKERS=1, and run it again."
        )
    return "The process that did the work ended unexpectedly. The log may say why; run it again."
