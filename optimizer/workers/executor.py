"""workers/: runs tasks in worker processes: submit, progress, cancel."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from functools import partial
from typing import Any, Protocol, TypeVar

from optimizer.errors import JobError
from optimizer.workers import progress
from optimizer.workers.progress import Progress
from optimizer.workers.slot import Limits, Slot, Submitted
from optimizer.workers.work import Work

TICK = 0.05  # seconds between two looks at the workers
TENSORFLOW = ("tensorflow", "keras")
LOGGER = logging.getLogger(__name__)
T = TypeVar("T")


class Executor(Protocol):
    """The seam for other places where tasks may run."""

    def submit(self, work: Work[T], on_start: Callable[[], None]) -> "Future[T]":
        """Queues a task; the future gives its result, a LiteweighError, or is cancelled.

        `on_start` is called when a worker takes it up, before the future ends.
        """

    def progress(self, work: Work[Any]) -> Progress | None:
        """How far a task is; None before it starts."""

    def cancel(self, future: "Future[Any]") -> None:
        """Ends a task, whether it waits or runs, within a second."""

    def close(self) -> None:
        """Ends everything; what ran is lost."""


class LocalExecutor:
    """Worker processes on this machine, watched by one thread."""

    def __init__(
        self, workers: int, memory: int, seconds: float, ready_for: Sequence[type[Work[Any]]] = ()
    ) -> None:
        """Starts `workers` processes with TensorFlow and one without, for measuring.

        Args:
            workers: How many tasks that need TensorFlow run at once.
            memory: Bytes that a task may use.
            seconds: Seconds that a task may take.
            ready_for: Tasks whose modules are loaded while the user is still choosing.
        """
        self._limits = Limits(memory, seconds)
        heavy = (*TENSORFLOW, *(name for kind in ready_for for name in kind.preload))
        self._slots = [Slot(heavy, tensorflow=True) for _ in range(workers)]
        self._slots.append(Slot((), tensorflow=False))
        self._queue: deque[Submitted[Any]] = deque()
        self._lock = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._watch, name="executor", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], on_start: Callable[[], None]) -> "Future[T]":
        """See `Executor.submit`."""
        submitted = Submitted(work, on_start)
        with self._lock:
            self._queue.append(submitted)
            self._lock.notify()
        return submitted.future

    def progress(self, work: Work[Any]) -> Progress | None:
        """See `Executor.progress`."""
        return progress.read(work.out)

    def cancel(self, future: "Future[Any]") -> None:
        """See `Executor.cancel`."""
        with self._lock:
            for submitted in self._queue:
                if submitted.future is future:
                    self._queue.remove(submitted)
                    submitted.cancelled = True
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
                ended = [slot.look_after(self._limits) for slot in self._slots if slot.current]
                ended += self._dispatch()
            # Whoever waits for a future may submit the next task, so it is told without the lock.
            for tell in filter(None, ended):
                _call_safely(tell)
            with self._lock:
                busy = bool(self._queue) or any(not slot.idle for slot in self._slots)
                if not self._closing:
                    self._lock.wait(TICK if busy else None)

    def _dispatch(self) -> Iterator[Callable[[], None]]:
        """Starts waiting tasks in order; one that needs quiet waits for all and holds up all.

        Yields how to tell that a task was started, or could not be.
        """
        while self._queue:
            first = self._queue[0]
            if not self._may_start(first.work):
                return
            free = [
                slot
                for slot in self._slots
                if slot.idle and slot.tensorflow == first.work.needs_tensorflow
            ]
            if not free:
                return
            slot = free[0]
            try:
                slot.run(first, self._limits)
            except BrokenExecutor:
                failure = slot.process_id.exception()
                slot.restart()
                if failure is None:  # it died while it was idle: wait for the new process
                    continue
                self._queue.popleft()
                error = JobError(f"No worker process can be started: {failure}")
                yield partial(first.future.set_exception, error)
            else:
                self._queue.popleft()
                yield first.on_start

    def _may_start(self, work: Work[Any]) -> bool:
        running = [slot.current.work for slot in self._slots if slot.current]
        if any(one.needs_quiet for one in running):
            return False
        return not work.needs_quiet or (not running and all(slot.ready for slot in self._slots))


def _call_safely(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # a full disk, say, must not end the watching
        LOGGER.exception("What a task's end or start led to has failed")
