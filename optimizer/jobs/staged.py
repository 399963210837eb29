"""jobs/: tasks that work in a staging folder, of which nothing stays unless they end well."""

import logging
import shutil
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TypeVar

from optimizer.errors import JobError, LiteweighError
from optimizer.jobs.ending import for_the_user
from optimizer.jobs.pending import Pending
from optimizer.workers.executor import Executor
from optimizer.workers.process import read_log
from optimizer.workers.work import Work

LOGGER = logging.getLogger(__name__)
Made = TypeVar("Made")
T = TypeVar("T")


def run_staged(executor: Executor, work: Work[Made], take_over: Callable[[Made], T]) -> Pending[T]:
    """Submits a task whose `out` is a staging folder; the folder is gone when it has ended.

    Args:
        executor: Where it runs.
        work: The task.
        take_over: Makes the result of what the task gave and left in its folder.
    """
    future = executor.submit(work, nothing)
    pending: Pending[T] = Pending(
        partial(executor.progress, work), partial(executor.cancel, future)
    )

    def ended(done: "Future[Made]") -> None:
        try:
            pending.succeed(take_over(done.result()))
        except CancelledError:
            pending.fail(JobError("Stopped. Nothing was changed."), "")
        except Exception as error:  # whoever waits is told, whatever it is
            if not isinstance(error, LiteweighError):
                LOGGER.exception("What %s made could not be taken over", type(work).__name__)
            pending.fail(for_the_user(error), read_log(work.out))
        finally:
            shutil.rmtree(work.out, ignore_errors=True)

    future.add_done_callback(ended)
    return pending


def nothing() -> None:
    """For tasks whose start nobody needs to know."""
