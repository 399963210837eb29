"""jobs/: tasks that work in a staging folder, of which nothing stays unless they end well."""

import logging
import shutil
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from optimizer.errors import JobError, LiteweighError, StudyError
from optimizer.jobs.ending import for_the_user
from optimizer.jobs.pending import Pending
from optimizer.jobs.time_limit import TimeLimit
from optimizer.store.library import Library
from optimizer.workers.executor import Executor
from optimizer.workers.logs import read_log
from optimizer.workers.work import Work

LOGGER = logging.getLogger(__name__)
Made = TypeVar("Made")
T = TypeVar("T")


def run_staged(
    executor: Executor,
    library: Library,
    owner: str,
    begin: Callable[[Path], Work[Made]],
    take_over: Callable[[Made, Path], T],
    limit: TimeLimit | None = None,
) -> Pending[T]:
    """Submits a task whose `out` is a staging folder; the folder is gone when it has ended.

    What goes wrong, at the beginning too, is the end of what is returned.

    Args:
        executor: Where it runs.
        library: Has the folder.
        owner: The id of the study that it is about.
        begin: Makes the task, given its folder.
        take_over: Makes the result of what the task gave and left in its folder.
        limit: How long the task may take, once it has begun.
    """

    def started() -> None:
        if limit:
            limit.begin(lambda: executor.cancel(future))

    try:
        out = library.staging()
    except StudyError as error:
        return Pending.failed(error)
    try:
        work = begin(out)
        future = executor.submit(work, started, owner)
    except Exception as error:  # whoever waits is told, whatever it is
        LOGGER.exception("A task could not begin")
        shutil.rmtree(out, ignore_errors=True)
        return Pending.failed(for_the_user(error))
    pending: Pending[T] = Pending(
        partial(executor.progress, work), partial(executor.cancel, future), limit
    )

    def ended(done: "Future[Made]") -> None:
        if limit:
            limit.stop()
        try:
            pending.succeed(take_over(done.result(), out))
        except CancelledError:
            pending.fail(JobError(_why_stopped(limit)), read_log(out))
        except Exception as error:  # whoever waits is told, whatever it is
            if not isinstance(error, LiteweighError):
                LOGGER.exception("What %s made could not be taken over", type(work).__name__)
            pending.fail(for_the_user(error), read_log(out))
        finally:
            shutil.rmtree(out, ignore_errors=True)

    future.add_done_callback(ended)
    return pending


def _why_stopped(limit: TimeLimit | None) -> str:
    if limit is None or not limit.passed:
        return "Stopped. Nothing was changed."
    return (
        f"Opening the model took longer than {limit.seconds / 60:g} minutes and was stopped, for "
        "some files take for ever. If it is only large, open it again and press “Wait longer”, or "
        "raise LITEWEIGH_OPENING_MINUTES."
    )


def nothing() -> None:
    """For tasks whose start nobody needs to know."""
