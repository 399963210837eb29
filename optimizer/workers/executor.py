"""workers/: runs tasks in worker processes: submit, progress, cancel."""

import logging
import select
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Protocol, TypeVar

from optimizer.errors import JobError
from optimizer.files import left
from optimizer.workers import progress
from optimizer.workers.cell import Cells
from optimizer.workers.confinement.level import Level, Wish
from optimizer.workers.confinement.strongest import strongest
from optimizer.workers.holding import Holding
from optimizer.workers.progress import Progress
from optimizer.workers.quiet_machine import Turns
from optimizer.workers.slot import Limits, Slot, Submitted
from optimizer.workers.spares import Spares
from optimizer.workers.user_folder import user_folder
from optimizer.workers.work import Work
from optimizer.workers.worker_process import WorkerProcess

TICK = 0.05  # seconds between two looks at the workers
PAUSED = "Paused while latency is measured"
GIVES_WAY = "Paused while a page is answered"
TENSORFLOW = ("tensorflow", "keras")
LOGGER = logging.getLogger(__name__)
T = TypeVar("T")


class Executor(Protocol):
    """The seam for other places where tasks may run."""

    @property
    def level(self) -> Level:
        """What confines the processes that do the tasks."""

    def submit(self, work: Work[T], on_start: Callable[[], None], owner: str) -> "Future[T]":
        """Queues a task; the future gives its result, a LiteweighError, or is cancelled.

        `on_start` is called when a worker takes it up, before the future ends. `owner` names whose
        files it is about, a study: no worker sees the files of two.
        """

    def progress(self, work: Work[Any]) -> Progress | None:
        """How far a task is; None before it starts, unless it waits for a quiet machine."""

    def written(self, work: Work[Any], name: PurePath, most: int) -> bytes | None:
        """The last bytes, `most` at most, of what a task has written so far to a file in its `out`.

        None where there is no such file. `name` is its path in `out`.
        """

    def cancel(self, future: "Future[Any]") -> None:
        """Ends a task, whether it waits or runs, within a second."""

    def close(self) -> None:
        """Ends everything; what ran is lost."""


class LocalExecutor:
    """Worker processes on this machine, watched by one thread.

    Attributes:
        level: What confines them.
    """

    def __init__(
        self,
        workers: int,
        memory: int,
        seconds: float,
        ready_for: Sequence[type[Work[Any]]] = (),
        *,
        folder: Path | None = None,
        level: Level | None = None,
        for_pages: bool = False,
    ) -> None:
        """Starts `workers` processes with TensorFlow and one without, for measuring.

        Args:
            workers: How many tasks that need TensorFlow run at once.
            memory: Bytes that a task may use.
            seconds: Seconds that a task may take.
            ready_for: Tasks whose modules are loaded while the user is still choosing.
            folder: Takes the folders of the workers, see `cell`: on the disk on which the tasks'
                files are, which are linked then, not copied. None: a folder for temporary files.
            level: What confines the workers; None: the strongest that works here.
            for_pages: Whether there is one more, for nothing but what somebody waits for at a page.
        """
        self._limits = Limits(memory, seconds)
        heavy = (*TENSORFLOW, *(name for kind in ready_for for name in kind.preload))
        self._spares = Spares({True: partial(self._start, heavy), False: partial(self._start, ())})
        self._workers, self._for_pages = workers, for_pages
        self.level = level or strongest(Wish.AUTO)
        self._cells = _cells_in(folder)
        self._slots: list[Slot] = []
        self._queue: deque[Submitted[Any]] = deque()
        self._turns = Turns(seconds)
        self._holding = Holding(self._turns)
        self._lock = threading.Lock()
        self._closing = False
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        # It starts the processes too: the system ends them with the thread that started them.
        self._thread = threading.Thread(target=self._watch, name="executor", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], on_start: Callable[[], None], owner: str) -> "Future[T]":
        """See `Executor.submit`."""
        submitted = Submitted(work, on_start, owner, self._turns.draw())
        with self._lock:
            if work.urgent:
                place = sum(one.work.urgent for one in self._queue)  # all of those stand first
                self._queue.insert(place, submitted)
            else:
                self._queue.append(submitted)
        self._look_now()
        return submitted.future

    def progress(self, work: Work[Any]) -> Progress | None:
        """See `Executor.progress`."""
        for submitted in list(self._queue):
            if submitted.work is work:
                return Progress(submitted.waits_for, 0.0) if submitted.waits_for else None
        said = progress.last(self.written(work, PurePath(progress.FILE), progress.END))
        if any(slot.held and slot.current and slot.current.work is work for slot in self._slots):
            why = GIVES_WAY if work.needs_quiet else PAUSED
            return Progress(why, said.fraction if said else 0.0)
        return said

    def written(self, work: Work[Any], name: PurePath, most: int) -> bytes | None:
        """See `Executor.written`."""
        for slot in self._slots:
            submitted, handed = slot.current, slot.handed
            if submitted and handed and submitted.work is work:
                found = left.read(handed.out, name, most)
                if found is not None:
                    return found
        return left.read(work.out, name, most)  # it has not been given out, or has been taken back

    def cancel(self, future: "Future[Any]") -> None:
        """See `Executor.cancel`."""
        with self._lock:
            for submitted in self._queue:
                if submitted.future is future:
                    self._queue.remove(submitted)
                    submitted.cancelled = True
                    self._turns.give_back(submitted.turn)
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
        kinds = [
            *[(True, False)] * self._workers,
            (False, False),
            *[(True, True)] * self._for_pages,
        ]
        pool = ThreadPoolExecutor(len(kinds), thread_name_prefix="executor-files")
        try:
            for heavy, urgent in kinds:
                start = partial(self._spares.take, heavy)
                slot = Slot(start, pool, self._look_now, tensorflow=heavy, urgent=urgent)
                self._slots.append(slot)
            while not self._closing:
                self._look()
        except Exception:  # nothing could be done any more, so it must not go unseen
            LOGGER.exception("Workers are no longer watched")
        finally:
            for slot in self._slots:
                slot.stop()
            self._spares.close()
            pool.shutdown()
            self._turns.close()
            self._cells.close()
            self._woken.close()
            self._wake.close()

    def _look(self) -> None:
        """Looks after all workers once, and waits until there is something to look at."""
        with self._lock:
            ended = [self._look_after(slot) for slot in self._slots]
            self._holding.look_after(self._slots)
            ended += self._dispatch()
            pause = self._look_after_spares()
        # Whoever waits for a future may submit the next task, so it is told without the lock.
        for tell in filter(None, ended):
            _call_safely(tell)
        waits = select.poll()
        waits.register(self._woken, select.POLLIN)
        for process in (*(slot.process for slot in self._slots), *self._spares.processes.values()):
            for descriptor, writing in process.waits_for if process else ():
                waits.register(descriptor, select.POLLOUT if writing else select.POLLIN)
        busy = bool(self._queue) or any(slot.current or not slot.ready for slot in self._slots)
        pause = TICK if busy else pause
        waits.poll(None if pause is None else 1000 * pause)
        with suppress(BlockingIOError):
            self._woken.recv(2**16)

    def _look_after(self, slot: Slot) -> Callable[[], None] | None:
        submitted = slot.current
        tell = slot.look_after(self._limits)
        if tell and submitted:
            self._turns.give_back(submitted.turn)
        return tell

    def _dispatch(self) -> Iterator[Callable[[], None]]:
        """Starts waiting tasks; of those that could do with the same process, in order.

        Yields how to tell that a task was started, or could not be.
        """
        behind: set[tuple[bool, bool]] = set()
        for submitted in list(self._queue):
            kind = (submitted.work.needs_tensorflow, submitted.work.urgent)
            slot = None if kind in behind else self._slot_for(submitted)
            if slot is None:
                behind.add(kind)
                continue
            self._queue.remove(submitted)
            try:
                slot.run(submitted)
            except JobError as error:
                LOGGER.error("%s could not be started: %s", type(submitted.work).__name__, error)
                self._turns.give_back(submitted.turn)
                yield partial(submitted.future.set_exception, error)
            else:
                yield submitted.on_start

    def _slot_for(self, submitted: Submitted[Any]) -> Slot | None:
        """One that may start a task now; one that served another owner gets a new process first.

        A task asks for its turn only when there is a process for it.
        """
        work = submitted.work
        free = [slot for slot in self._slots if slot.idle and _suits(slot, work)]
        slot = min(free, key=lambda slot: _rank(slot, submitted.owner), default=None)
        if slot and slot.owner not in {None, submitted.owner} and not slot.failure:
            slot.start()
        if slot is None or not slot.idle or (work.needs_quiet and not self._all_ready()):
            return None
        asked = self._turns.ask(submitted.turn, quiet=work.needs_quiet, urgent=work.urgent)
        submitted.waits_for = asked
        return None if asked else slot

    def _all_ready(self) -> bool:
        return self._spares.ready and all(slot.ready for slot in self._slots)

    def _start(self, modules: tuple[str, ...]) -> WorkerProcess:
        cell = self._cells.new()
        try:
            return WorkerProcess(modules, cell, self.level)
        except OSError:
            cell.delete()
            raise

    def _look_after_spares(self) -> float | None:
        """Keeps a process beside each kind that has an owner; seconds until the next look."""
        owned = {slot.tensorflow for slot in self._slots if slot.owner is not None}
        calm = not self._queue and all(slot.idle for slot in self._slots)
        return self._spares.look_after(owned, calm=calm)


def _cells_in(folder: Path | None) -> Cells:
    """Folders for workers in `folder`, or for temporary files where there is none or it is full."""
    try:
        return Cells(folder or user_folder() / "workers")
    except OSError as error:
        LOGGER.warning("Workers have their files in a temporary folder: %s", error)
        return Cells(Path(tempfile.mkdtemp(prefix="liteweigh-workers-")))


def _suits(slot: Slot, work: Work[Any]) -> bool:
    """Whether a task may run there; with TensorFlow goes what needs none, if somebody waits."""
    if slot.urgent:
        return work.urgent
    return slot.tensorflow == work.needs_tensorflow


def _rank(slot: Slot, owner: str) -> int:
    """How much is lost if a task of `owner` runs there: nothing where its owner's others ran."""
    return 0 if slot.owner == owner else 1 if slot.owner is None else 2


def _call_safely(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # a full disk, say, must not end the watching
        LOGGER.exception("What a task's end or start led to has failed")
