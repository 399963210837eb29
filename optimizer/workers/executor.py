"""workers/: runs tasks in worker processes: submit, progress, cancel.

Each worker is a loky executor of one process, so ending it (cancel, time, memory, crash) disturbs
no other. loky starts its processes without running the caller's main module, which under Streamlit
would be the app.
"""

import contextlib
import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import psutil
from loky import ProcessPoolExecutor

from optimizer.errors import JobError, LiteweighError
from optimizer.workers import process, progress, sandbox
from optimizer.workers.progress import Progress

TICK = 0.05  # seconds between two looks at the workers
# Loaded while the user is still choosing.
TENSORFLOW = ("tensorflow", "keras", "optimizer.tasks.open_model", "optimizer.tasks.read_data")
# loky replaces a process that grew by 300 MB; importing TensorFlow anew would cost more.
ENVIRONMENT = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e13", "TF_CPP_MIN_LOG_LEVEL": "2"}


@dataclass(frozen=True)
class Task:
    """One call in a worker process. Its arguments and its result are files and small values.

    Attributes:
        function: As "module:name"; called with the arguments and a reporter. Named, not imported:
            what it needs is loaded in the worker only.
        arguments: Picklable values; paths are absolute, for the task runs in a folder of its own.
        folder: For progress and log, and for the task's working folder; exists; absolute.
        alone: Runs only while nothing else does: a latency measurement.
        tensorflow: Needs a worker that has TensorFlow loaded.
    """

    function: str
    arguments: tuple[Any, ...]
    folder: Path
    alone: bool = False
    tensorflow: bool = True


class Executor(Protocol):
    """The seam for other places where jobs may run."""

    def submit(self, task: Task, on_start: Callable[[], None]) -> "Future[Any]":
        """Queues a task; the future gives its result, a LiteweighError, or is cancelled.

        `on_start` is called when a worker takes it up, before the future ends.
        """

    def progress(self, task: Task) -> Progress | None:
        """How far a task is; None before it starts."""

    def cancel(self, future: "Future[Any]") -> None:
        """Ends a task, whether it waits or runs, within a second."""

    def close(self) -> None:
        """Ends everything; what ran is lost."""


@dataclass(eq=False)
class _Waiting:
    task: Task
    on_start: Callable[[], None]
    future: "Future[Any]" = field(default_factory=Future)
    cancelled: bool = False


class _Slot:
    """One worker process and what it is doing."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self.modules = modules
        self.current: _Waiting | None = None
        self.reason: str | None = None
        self.deadline = 0.0
        self._start()

    def _start(self) -> None:
        self.executor = ProcessPoolExecutor(
            max_workers=1,
            timeout=None,
            env={**sandbox.environment(os.environ), **ENVIRONMENT},
            initializer=process.start,
            initargs=(os.getpid(), self.modules),
        )
        self.ready: Future[int] = self.executor.submit(os.getpid)
        self.call: Future[Any] | None = None
        self.reason = None

    @property
    def idle(self) -> bool:
        return self.current is None and self.ready.done()

    def run(self, waiting: _Waiting, memory: int, seconds: float) -> None:
        """Starts a task.

        Raises:
            BrokenExecutor: the process died while it was idle, or could not be started.
        """
        task = waiting.task
        call = (process.run, task.function, task.arguments, task.folder, task.alone, memory)
        self.call = self.executor.submit(*call)
        self.current = waiting
        self.deadline = time.monotonic() + seconds

    def end(self, reason: str) -> None:
        """Kills the process; the call then fails, and `reason` says why."""
        self.reason = reason
        with contextlib.suppress(ProcessLookupError):  # it may die by itself in this moment
            os.kill(self.ready.result(), signal.SIGKILL)

    def resident_bytes(self) -> int:
        try:
            return int(psutil.Process(self.ready.result()).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def restart(self) -> None:
        self.executor.shutdown(wait=False, kill_workers=True)
        self._start()

    def stop(self) -> None:
        # An idle worker ends by itself; killing it would leave its semaphores behind.
        self.executor.shutdown(wait=True, kill_workers=not self.idle)


class LocalExecutor:
    """Worker processes on this machine, watched by one thread."""

    def __init__(self, workers: int, memory: int, seconds: float) -> None:
        """Starts `workers` processes with TensorFlow and one without, for measuring.

        Args:
            workers: How many tasks that need TensorFlow run at once.
            memory: Bytes that a task may use.
            seconds: Seconds that a task may take.
        """
        self.memory, self.seconds = memory, seconds
        self._slots = [_Slot(TENSORFLOW) for _ in range(workers)] + [_Slot(())]
        self._queue: deque[_Waiting] = deque()
        self._lock = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._watch, name="executor", daemon=True)
        self._thread.start()

    def submit(self, task: Task, on_start: Callable[[], None]) -> "Future[Any]":
        """See `Executor.submit`."""
        waiting = _Waiting(task, on_start)
        with self._lock:
            self._queue.append(waiting)
            self._lock.notify()
        return waiting.future

    def progress(self, task: Task) -> Progress | None:
        """See `Executor.progress`."""
        return progress.read(task.folder)

    def cancel(self, future: "Future[Any]") -> None:
        """See `Executor.cancel`."""
        with self._lock:
            for waiting in self._queue:
                if waiting.future is future:
                    self._queue.remove(waiting)
                    waiting.cancelled = True
                    break
            else:
                for slot in self._slots:
                    if slot.current and slot.current.future is future:
                        slot.current.cancelled = True
                        slot.end("cancelled")
                return
        future.cancel()

    def close(self) -> None:
        """See `Executor.close`."""
        with self._lock:
            self._closing = True
            self._lock.notify()
        self._thread.join()
        for slot in self._slots:
            slot.stop()

    def _watch(self) -> None:
        while True:
            with self._lock:
                if self._closing:
                    return
                ended = [self._look_after(slot) for slot in self._slots if slot.current]
                ended += self._dispatch()
            # Whoever waits for a future may submit the next task, so it is told without the lock.
            for tell in filter(None, ended):
                _call_safely(tell)
            with self._lock:
                busy = bool(self._queue) or any(not slot.idle for slot in self._slots)
                if not self._closing:
                    self._lock.wait(TICK if busy else None)

    def _dispatch(self) -> Iterator[Callable[[], None]]:
        """Starts waiting tasks in order; a task that must be alone waits for all and holds all.

        Yields how to tell that a task was started, or could not be.
        """
        while self._queue:
            waiting = self._queue[0]
            running = [slot for slot in self._slots if slot.current]
            if any(slot.current and slot.current.task.alone for slot in running):
                return
            if waiting.task.alone and (running or any(not s.ready.done() for s in self._slots)):
                return
            modules = TENSORFLOW if waiting.task.tensorflow else ()
            free = [slot for slot in self._slots if slot.idle and slot.modules == modules]
            if not free:
                return
            slot = free[0]
            try:
                slot.run(waiting, self.memory, self.seconds)
            except BrokenExecutor:
                failure = slot.ready.exception()
                slot.restart()
                if failure is None:  # it died while it was idle: wait for the new process
                    continue
                self._queue.popleft()
                error = JobError(f"No worker process can be started: {failure}")
                yield partial(waiting.future.set_exception, error)
            else:
                self._queue.popleft()
                yield waiting.on_start

    def _look_after(self, slot: _Slot) -> Callable[[], None] | None:
        """Checks a slot that works; returns how to tell the result once there is one."""
        waiting, call = slot.current, slot.call
        assert waiting is not None  # noqa: S101 (only slots at work are looked after)
        assert call is not None  # noqa: S101
        if not call.done():
            if slot.reason is None and time.monotonic() > slot.deadline:
                slot.end(
                    f"The job took longer than its {self.seconds / 60:g} minutes and was stopped. "
                    "Use fewer samples, or raise LITEWEIGH_JOB_MINUTES."
                )
            elif slot.reason is None and slot.resident_bytes() > self.memory:
                slot.end(process.out_of_memory(self.memory))
            return None
        slot.current = None
        error = call.exception()
        if error is None:
            if slot.reason:  # it was told to end in the moment in which it was done
                slot.restart()
            return partial(waiting.future.set_result, call.result())
        if isinstance(error, LiteweighError) and slot.reason is None:
            return partial(waiting.future.set_exception, error)
        reason = slot.reason or _why_it_died(error)
        slot.restart()
        sandbox.clear(waiting.task.folder)
        if waiting.cancelled:
            return partial(waiting.future.set_exception, CancelledError())
        return partial(waiting.future.set_exception, JobError(reason))


def _call_safely(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001 (a full disk, say, must not end the watching)
        traceback.print_exc()


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
