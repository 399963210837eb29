"""dashboard/server/: the one engine of this server, shared by all browser sessions."""

import functools
import threading

from optimizer import settings
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.library import Library
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData
from optimizer.workers.executor import LocalExecutor

_only_one = threading.Lock()  # functools.cache alone lets two first calls make two engines


def engine() -> Scheduler:
    """The scheduler; the first call starts the worker processes."""
    with _only_one:
        return _engine()


@functools.cache
def _engine() -> Scheduler:
    chosen = settings.from_environment()
    executor = LocalExecutor(
        chosen.workers, chosen.job_memory, chosen.job_seconds, ready_for=(OpenModel, ReadData)
    )
    return Scheduler(executor, Library(chosen.home), chosen.latency_seconds)


def stop() -> None:
    """Ends the workers; what ran is shown as interrupted when the study is opened again."""
    scheduler = engine()
    scheduler.executor.close()
    scheduler.library.close()
    _engine.cache_clear()
