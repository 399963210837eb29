"""workers/: runs tasks in worker processes: submit, progress, cancel."""

import logging
import select
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
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
        self,
        workers: int,
        memory: int,
        seconds: float,
        ready_for: Sequence[type[Work[Any]]] = (),
    ) -> None:
        """Starts `workers` processes with TensorFlow and one without, for measuring.

        Args:
            workers: How many tasks that need TensorFlow run at once.
            memory: Bytes that a task may use.
            seconds: Seconds that a task may take.
            ready_for: Tasks whose modules are loaded while the user is still choosing.
        """
        self._limits = Limits(memory, seconds)
        self._heavy = (*TENSORFLOW, *(name for kind in ready_for for name in kind.preload))
        self._workers = workers
        self._slots: list[Slot] = []
        self._queue: deque[Submitted[Any]] = deque()
        self._lock = threading.Lock()
        self._closing = False
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        # It starts the processes too: the system ends them with the thread that started them.
        self._thread = threading.Thread(target=self._watch, name="executor", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], on_start: Callable[[], None]) -> "Future[T]":
        """See `Executor.submit`."""
        submitted = Submitted(work, on_start)
        with self._lock:
            self._queue.append(submitted)
        self._look_now()
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
                self._look_now()
                return
        future.cancel()

    def close(self) -> None:
        """See `Executor.close`. Any thread may call it, and more than one."""
        with self._lock:
            self._closing = True
            self._look_now()
        if threading.current_thread() is not self._thread:  # which may have been told a result
            self._thread.join()

    def _look_now(self) -> None:
        with suppress(OSError):  # it is full of calls already, or the thread has ended
            self._wake.send(b".")

    def _watch(self) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="liteweigh-workers-") as folder:
                self._start(Path(folder))
                try:
                    while not self._closing:
                        self._look()
                finally:
                    for slot in self._slots:
                        slot.stop()
        except Exception:  # nothing could be done any more, so it must not go unseen
            LOGGER.exception("Workers are no longer watched")
        finally:
            self._woken.close()
            self._wake.close()

    def _start(self, folder: Path) -> None:
        for number in range(self._workers):
            self._slots.append(Slot(self._heavy, folder / f"{number}", tensorflow=True))
        self._slots.append(Slot((), folder / "light", tensorflow=False))

    def _look(self) -> None:
        """Looks after all workers once, and waits until there is something to look at."""
        with self._lock:
            ended = [slot.look_after(self._limits) for slot in self._slots]
            ended += self._dispatch()
        # Whoever waits for a future may submit the next task, so it is told without the lock.
        for tell in filter(None, ended):
            _call_safely(tell)
        waits = select.poll()
        waits.register(self._woken, select.POLLIN)
        for slot in self._slots:
            for descriptor, writing in slot.process.waits_for if slot.process else ():
                waits.register(descriptor, select.POLLOUT if writing else select.POLLIN)
        busy = bool(self._queue) or any(slot.current or not slot.ready for slot in self._slots)
        waits.poll(1000 * TICK if busy else None)
        with suppress(BlockingIOError):
            self._woken.recv(2**16)

    def _dispatch(self) -> Iterator[Callable[[], None]]:
        """Starts waiting tasks in order; one that needs quiet waits for all and holds up all.

        Yields how to tell that a task was started, or could not be.
        """
        while self._queue and (slot := self._slot_for(self._queue[0].work)):
            first = self._queue.popleft()
            try:
                slot.run(first, self._limits)
            except JobError as error:
                LOGGER.error("%s could not be started: %s", type(first.work).__name__, error)
                yield partial(first.future.set_exception, error)
            else:
                yield first.on_start

    def _slot_for(self, work: Work[Any]) -> Slot | None:
        """One that may start a task now."""
        running = [slot.current.work for slot in self._slots if slot.current]
        if any(one.needs_quiet for one in running):
            return None
        if work.needs_quiet and (running or not all(slot.ready for slot in self._slots)):
            return None
        free = (s for s in self._slots if s.idle and s.tensorflow == work.needs_tensorflow)
        return next(free, None)


def _call_safely(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # a full disk, say, must not end the watching
        LOGGER.exception("What a task's end or start led to has failed")
