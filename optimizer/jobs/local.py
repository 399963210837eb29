"""jobs/: a scheduler whose workers run on this machine, as the settings say."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optimizer import settings
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.library import Library
from optimizer.workers.confinement.level import Wish
from optimizer.workers.confinement.strongest import strongest
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.work import Work

LOGGER = logging.getLogger(__name__)
WORKERS = ".workers"
"""In the home: the folders of the workers."""


def start_scheduler(
    home: Path | None = None,
    workers: int | None = None,
    ready_for: Sequence[type[Work[Any]]] = (),
    *,
    for_pages: bool = False,
) -> Scheduler:
    """Starts worker processes for the studies in `home`; what is None is as the settings say.

    Args:
        home: the folder of the studies.
        workers: how many tasks that need TensorFlow run at once.
        ready_for: tasks whose modules are loaded while the user is still choosing.
        for_pages: whether there is a worker more, for nothing but what pages wait for.

    Raises:
        SettingError: a setting cannot be used, or workers must be confined and cannot be.
    """
    chosen = settings.from_environment()
    home = home or chosen.home
    level = strongest(Wish(chosen.isolation))
    LOGGER.log(logging.INFO if level.confined else logging.WARNING, "%s", level.sentence)
    executor = LocalExecutor(
        workers or chosen.workers,
        chosen.job_memory,
        chosen.job_seconds,
        ready_for,
        folder=home / WORKERS,
        level=level,
        for_pages=for_pages,
    )
    return Scheduler(executor, Library(home), chosen.latency_seconds, chosen.opening_seconds)


def stop_scheduler(scheduler: Scheduler) -> None:
    """Ends the workers, and lets other processes open the studies."""
    scheduler.stop_searches()
    scheduler.executor.close()
    scheduler.library.close()


@contextmanager
def scheduler_in(home: Path, workers: int | None = None) -> Iterator[Scheduler]:
    """A scheduler that is stopped at the end; see `start_scheduler`."""
    scheduler = start_scheduler(home, workers)
    try:
        yield scheduler
    finally:
        stop_scheduler(scheduler)
