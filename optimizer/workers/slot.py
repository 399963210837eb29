"""workers/: a place for one worker process, and the task that it is at.

Each task that goes wrong (cancel, time, memory, crash) takes its process with it and disturbs no
other. A process serves one owner, and never again once code of a file was trusted in it. Only the
thread that watches the workers uses a slot.
"""

import pickle
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from optimizer import working_time
from optimizer.errors import JobError, LiteweighError
from optimizer.files.atomic import write_atomically
from optimizer.workers import answer
from optimizer.workers.descendants import resident_bytes
from optimizer.workers.handover import Handed, give_back, hand_over, take_back
from optimizer.workers.process import out_of_memory
from optimizer.workers.work import Work
from optimizer.workers.worker_process import (
    MOST_PROCESSES,
    WorkerProcess,
    failed_to_start,
    signal_of,
)

PAUSE = 0.25  # seconds between two looks at the processes of a task, and their memory
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
    """A task that waits for a process, or has one.

    Attributes:
        work: The task.
        on_start: Called when a worker takes it up.
        owner: Whose files it is about.
        turn: Its number in the queue of all Liteweighs; see `quiet_machine`.
        future: Told how it ended.
        cancelled: Whether it is to end.
        waits_for: Why it has to wait though there is a worker; None while it need not.
    """

    work: Work[T]
    on_start: Callable[[], None]
    owner: str = ""
    turn: int = 0
    future: "Future[T]" = field(default_factory=Future)
    cancelled: bool = False
    waits_for: str | None = None


@dataclass
class _Task:
    """The task that a process is at: first it is handed over, then worked on, then taken back."""

    submitted: Submitted[Any]
    giving: "Future[Handed]"
    taking: "Future[Any] | None" = None
    deadline: float = 0.0
    next_look: float = 0.0
    answer: bytes | LiteweighError | None = None
    reason: str | None = None  # why it was told to end
    works: bool = False
    held_since: float | None = None


class Slot:
    """A place for one worker process.

    Attributes:
        tensorflow: Whether its processes have TensorFlow loaded.
        urgent: Whether it does nothing but what somebody waits for at a page.
        owner: Whose tasks its process did; None while it has seen no file.
        process: The one that it has now; None where the system does not start any.
        failure: Why the process never became ready; None while it may, and once it is.
    """

    process: WorkerProcess | None = None

    def __init__(
        self,
        start: Callable[[], WorkerProcess],
        pool: ThreadPoolExecutor,
        wake: Callable[[], None],
        *,
        tensorflow: bool,
        urgent: bool = False,
    ) -> None:
        """
        Args:
            start: Gives a process that has seen no file.
            pool: Where files are moved, which may take long.
            wake: Called when some were.
            tensorflow, urgent: See above.
        """
        self.tensorflow, self.urgent = tensorflow, urgent
        self._begin, self._pool, self._wake = start, pool, wake
        self._task: _Task | None = None
        self.start()

    def start(self) -> None:
        """Puts a process that has seen no file in the place of the one that is there."""
        self.stop()
        self.failure: JobError | None = None
        self.owner: str | None = None
        self._held_seconds = 0.0  # of this process so far
        try:
            self.process = self._begin()
        except OSError as error:
            self.failure = failed_to_start(str(error))

    def stop(self) -> None:
        """Ends the process; what its task has made so far is where it belongs."""
        if self._task:
            self._task.submitted.cancelled = True
            _wait_for(self._task.giving)
        if self.process:
            self.process.kill()
            if self._task and self._task.taking:
                _wait_for(self._task.taking)
            elif self._task:
                give_back(self.process.cell, keep=True)
            self.process.close()
        self.process = self._task = None

    @property
    def current(self) -> Submitted[Any] | None:
        """What it is doing; None while it is idle."""
        return self._task.submitted if self._task else None

    @property
    def handed(self) -> Handed | None:
        """Its task as the process knows it; None while it has none."""
        task = self._task
        if task is None or not task.giving.done() or task.giving.exception():
            return None
        return task.giving.result()

    @property
    def can_be_held(self) -> bool:
        """Whether its process is at the task, rather than that files are moved."""
        task = self._task
        return task is not None and task.works and task.answer is None and task.taking is None

    @property
    def held(self) -> bool:
        """Whether its process stands still."""
        return self._task is not None and self._task.held_since is not None

    def hold(self) -> None:
        """Has its process stand still, which counts neither to the task's time nor its limit."""
        assert self._task  # noqa: S101 (for the type checker: it can be held)
        assert self.process  # noqa: S101 (as above)
        self._task.held_since = time.monotonic()
        self.process.hold()

    def let_go(self) -> float:
        """Has its process go on; returns for how many seconds it stood still."""
        task = self._task
        assert task  # noqa: S101 (for the type checker: it is held)
        assert self.process  # noqa: S101 (as above)
        assert task.held_since is not None  # noqa: S101 (as above)
        seconds = time.monotonic() - task.held_since
        task.deadline, task.held_since = task.deadline + seconds, None
        self._held_seconds += seconds
        # Without it the process counts this time as its own; that is no reason to leave it there.
        with suppress(OSError):
            write_atomically(
                self.process.cell.inbox / working_time.FILE, str(self._held_seconds).encode()
            )
        self.process.let_go()
        return seconds

    @property
    def ready(self) -> bool:
        """Whether the process is up, or could not be started."""
        return self.failure is not None or (self.process is not None and self.process.ready)

    @property
    def idle(self) -> bool:
        """Whether it can take up a task, or tell why not."""
        return self._task is None and self.ready

    def run(self, submitted: Submitted[Any]) -> None:
        """Starts a task.

        Raises:
            JobError: there is no process.
        """
        if self.failure or not self.process:
            failure = self.failure or failed_to_start("")
            self.start()
            raise failure
        self.owner = submitted.owner
        giving = self._pool.submit(
            hand_over, submitted.work, self.process.cell, lambda: submitted.cancelled
        )
        self._task = _Task(submitted, giving)
        giving.add_done_callback(lambda _: self._wake())

    def look_after(self, limits: Limits) -> Tell | None:
        """Hears what the process says, and ends a task that goes beyond its limits.

        Returns:
            How to tell the task's result, once it is there.
        """
        if not self.process:
            return None
        task = self._task
        lives = self._hear(self.process, task)
        if task is None:
            self._look_after_idle(self.process, lives=lives)
        elif task.taking:
            return self._end(task, task.taking, lives=lives) if task.taking.done() else None
        elif not task.works:
            self._go_on(task, self.process, limits)
        elif lives and task.answer is None:
            if task.reason is None:
                self._hold_to(task, self.process, limits)
        else:
            self._take(task, self.process)
        return None

    def _look_after_idle(self, process: WorkerProcess, *, lives: bool) -> None:
        if not lives and process.ready:  # it died while it was idle
            self.start()
        elif not lives and self.failure is None:
            self.failure = failed_to_start(process.said_at_start)

    def _hear(self, process: WorkerProcess, task: _Task | None) -> bool:
        """Exchanges with the process; false if it has died."""
        try:
            lives = process.exchange()
        except JobError as error:
            if task:
                task.answer = error
            process.kill()
            return False
        for said in process.answers:
            number = answer.NUMBER.pack(task.submitted.turn) if task and task.works else None
            if task and task.answer is None and said[: answer.NUMBER.size] == number:
                task.answer = said[answer.NUMBER.size :]
            else:  # nobody asked
                process.kill()
                lives = False
                if task and task.works and task.answer is None:
                    task.answer = answer.no_answer("it is of no task")
        process.answers.clear()
        return lives

    def _go_on(self, task: _Task, process: WorkerProcess, limits: Limits) -> None:
        """Sends the task once its files are there."""
        if not task.giving.done():
            return
        try:
            handed = task.giving.result()
            request = pickle.dumps((handed.work, limits.memory))
        except (LiteweighError, CancelledError) as error:
            task.taking = Future()
            task.taking.set_exception(error)
        except Exception as error:  # noqa: BLE001 (whatever pickling its fields leads to)
            task.answer = JobError(
                f"The task cannot be sent to a worker ({type(error).__name__}: {error})."
            )
            self._take(task, process)
        else:
            process.send(answer.NUMBER.pack(task.submitted.turn) + request)
            task.works, task.deadline = True, time.monotonic() + limits.seconds
        self._wake()

    def _hold_to(self, task: _Task, process: WorkerProcess, limits: Limits) -> None:
        now = time.monotonic()
        if task.submitted.cancelled:
            task.reason = "cancelled"
        elif task.held_since is not None:
            return
        elif now > task.deadline:
            task.reason = (
                f"The job took longer than its {limits.seconds / 60:g} minutes and was stopped. "
                "Use fewer samples, or raise LITEWEIGH_JOB_MINUTES."
            )
        elif now > task.next_look:
            task.next_look = now + PAUSE
            processes = process.processes()
            if len(processes) > MOST_PROCESSES:
                task.reason = (
                    f"The job started more than {MOST_PROCESSES} processes and was stopped. "
                    "No step needs so many: the file ran code of its own."
                )
            elif resident_bytes(processes) > limits.memory:
                task.reason = out_of_memory(limits.memory)
        if task.reason:
            process.kill()

    def _take(self, task: _Task, process: WorkerProcess) -> None:
        """Has what the task made taken back, and its answer read."""
        if task.held_since is not None:  # it had answered already
            self.let_go()
        kind, status = type(task.submitted.work), process.status
        task.taking = self._pool.submit(
            _outcome, kind, task.giving, process, task.answer, task.reason or _why_it_died(status)
        )
        task.taking.add_done_callback(lambda _: self._wake())

    def _end(self, task: _Task, taking: "Future[Any]", *, lives: bool) -> Tell:
        self._task = None
        future, error = task.submitted.future, taking.exception()
        distrusted = task.submitted.work.trusted or isinstance(error, answer.NoAnswerError)
        if task.reason or not lives or distrusted or (self.process and self.process.left_some):
            self.start()
        if error is None:  # also where it was told to end in the moment in which it was done
            return partial(future.set_result, taking.result())
        if task.submitted.cancelled:
            error = CancelledError()
        elif task.reason:
            error = JobError(task.reason)
        elif not isinstance(error, (LiteweighError, OSError)):
            error = JobError(f"The job’s files could not be taken over ({type(error).__name__}).")
        return partial(future.set_exception, error)


def _outcome(
    kind: type[Work[T]],
    giving: "Future[Handed]",
    process: WorkerProcess,
    told: bytes | LiteweighError | None,
    died: str,
) -> T:
    """Reads an answer, and takes what the task made.

    Raises:
        LiteweighError: why there is none.
        OSError: the disk does not take it.
    """
    handed = giving.result()
    try:
        if not isinstance(told, bytes):
            raise told or JobError(died)
        result = answer.read(kind, told, handed.paths)
    except BaseException:
        give_back(process.cell, keep=True)
        raise
    take_back(handed, process.cell)
    return result


def _wait_for(future: "Future[Any]") -> None:
    future.exception()


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
