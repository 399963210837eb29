"""dashboard/: the one engine of this server, shared by all browser sessions."""

import functools

from optimizer.studies import settings
from optimizer.studies.executor import LocalExecutor
from optimizer.studies.library import Library
from optimizer.studies.scheduler import Scheduler


@functools.cache
def engine() -> Scheduler:
    """The scheduler; the first call starts the worker processes."""
    chosen = settings.from_environment()
    executor = LocalExecutor(chosen.workers, chosen.job_memory, chosen.job_seconds)
    return Scheduler(executor, Library(chosen.home), chosen.latency_seconds)


def start() -> None:
    """Starts the workers, so that TensorFlow loads while the user is still choosing."""
    engine()


def stop() -> None:
    """Ends the workers; what ran is shown as interrupted when the study is opened again."""
    scheduler = engine()
    scheduler.executor.close()
    scheduler.library.close()
    engine.cache_clear()
