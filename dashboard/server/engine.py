"""dashboard/server/: the one engine of this server, shared by all browser sessions."""

import functools
import threading

from optimizer.jobs.local import start_scheduler, stop_scheduler
from optimizer.jobs.scheduler import Scheduler
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData

_only_one = threading.Lock()  # functools.cache alone lets two first calls make two engines


def engine() -> Scheduler:
    """The scheduler; the first call starts the worker processes."""
    with _only_one:
        return _engine()


@functools.cache
def _engine() -> Scheduler:
    return start_scheduler(ready_for=(OpenModel, ReadData), for_pages=True)


def stop() -> None:
    """Ends the workers; what ran is shown as interrupted when the study is opened again."""
    stop_scheduler(engine())
    _engine.cache_clear()
