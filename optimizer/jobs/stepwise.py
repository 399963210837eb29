"""jobs/: an operation of several steps, of which some are tasks and some are children of ours."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from optimizer.errors import JobError, LiteweighError
from optimizer.jobs.ending import for_the_user
from optimizer.jobs.pending import Pending
from optimizer.workers.progress import Progress

LOGGER = logging.getLogger(__name__)
GLANCE = 0.1
T = TypeVar("T")


class Steps:
    """What a step may ask and tell.

    Attributes:
        folder: For the time being; gone when the operation has ended.
        stop: Set once somebody stops it.
        now: How far it is.
    """

    def __init__(self, folder: Path, stop: threading.Event) -> None:
        self.folder, self.stop = folder, stop
        self.now: Progress | None = None

    def report(self, stage: str, share: float) -> None:
        """Says what is being done, and how much of it is done (0..1)."""
        self.now = Progress(stage, share)

    def wait_for(self, pending: Pending[T]) -> T:
        """Has a task done; it is stopped with the operation.

        Raises:
            LiteweighError: why it failed.
        """
        while not pending.done:
            self.now = pending.progress() or self.now
            if self.stop.is_set():
                pending.cancel()
                raise JobError("Stopped. Nothing was changed.")
            time.sleep(GLANCE)
        return pending.result()


def go_through(steps: Callable[[Steps], T]) -> Pending[T]:
    """Goes through steps in a thread of its own; they look now and then whether they should stop.

    Args:
        steps: All of them, one after the other.
    """
    stop = threading.Event()
    place = tempfile.TemporaryDirectory(prefix="liteweigh-")
    told = Steps(Path(place.name), stop)
    pending: Pending[T] = Pending(lambda: told.now, stop.set)

    def go() -> None:
        try:
            with place:
                result = steps(told)
        except Exception as error:  # whoever waits is told, whatever it is
            if not isinstance(error, LiteweighError):
                LOGGER.exception("An operation of several steps has failed")
            pending.fail(for_the_user(error), "")
        else:
            pending.succeed(result)

    threading.Thread(target=go, name="steps", daemon=True).start()
    return pending
