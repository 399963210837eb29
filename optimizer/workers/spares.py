"""workers/: processes that have seen no file, and wait for an owner, who need not wait then."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from optimizer.errors import JobError
from optimizer.workers.worker_process import WorkerProcess

CALM = 1.0  # seconds without a task after which one is started: it takes seconds of a CPU
AGAIN = 60.0  # seconds until another is tried where one failed
LOGGER = logging.getLogger(__name__)
Start = Callable[[], WorkerProcess]


class Spares:
    """One process of each kind at most. Used by the thread that watches the workers.

    Attributes:
        processes: By kind: whether they have TensorFlow loaded.
    """

    def __init__(self, starts: dict[bool, Start]) -> None:
        """`starts` has what starts a process of each kind."""
        self.processes: dict[bool, WorkerProcess] = {}
        self._starts = starts
        self._calm_since: float | None = None
        self._not_before = 0.0

    @property
    def ready(self) -> bool:
        """Whether none is still loading."""
        return all(process.ready for process in self.processes.values())

    def take(self, kind: bool) -> WorkerProcess:
        """A process that has seen no file: the spare one, or else a new one.

        Raises:
            OSError: the system does not start it.
        """
        return self.processes.pop(kind, None) or self._starts[kind]()

    def look_after(self, wanted: Iterable[bool], *, calm: bool) -> float | None:
        """Buries those that died, and starts those that are missing.

        Args:
            wanted: The kinds of which there is to be one.
            calm: Whether no task runs or waits.

        Returns:
            Seconds until it wants to be called again; None: it does not.
        """
        for kind, process in list(self._dead()):
            LOGGER.warning("A spare worker process ended: %s", process.said_at_start)
            process.close()
            del self.processes[kind]
            self._not_before = time.monotonic() + AGAIN
        missing = [kind for kind in wanted if kind not in self.processes]
        now = time.monotonic()
        if not calm or not missing:
            self._calm_since = None
            return None
        self._calm_since = self._calm_since or now
        left = max(self._calm_since + CALM, self._not_before) - now
        if left <= 0:
            with suppress(OSError):  # then whoever needs it starts it
                self.processes[missing[0]] = self._starts[missing[0]]()
        return max(left, CALM)

    def close(self) -> None:
        """Ends them."""
        for process in self.processes.values():
            process.close()
        self.processes.clear()

    def _dead(self) -> Iterator[tuple[bool, WorkerProcess]]:
        for kind, process in self.processes.items():
            try:
                lives = process.exchange()
            except JobError:
                lives = False
            if not lives:
                yield kind, process
