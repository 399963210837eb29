"""jobs/: how a task or a job has ended that made nothing, and what the user is told."""

from concurrent.futures import CancelledError, Future
from typing import Any

from optimizer.errors import IN_THE_LOG, JobError, LiteweighError
from optimizer.files import refusal
from optimizer.store.records import Status, now
from optimizer.store.study import Study


def error_of(future: "Future[Any]") -> BaseException | None:
    """Why a task that has ended gave no result; None if it did."""
    return CancelledError() if future.cancelled() else future.exception()


def for_the_user(error: BaseException) -> LiteweighError:
    """An error whose message is one sentence for the user."""
    if isinstance(error, LiteweighError):
        return error
    if isinstance(error, OSError):
        return JobError(refusal.in_words(error))
    return JobError(f"An unexpected error stopped it ({type(error).__name__}). {IN_THE_LOG}")


def end_with(study: Study, job_id: str, error: BaseException) -> None:
    """Marks a job as cancelled, or as failed with one sentence for the user. It cannot fail."""
    cancelled = isinstance(error, CancelledError)
    study.set_job(
        job_id,
        status=Status.CANCELLED if cancelled else Status.FAILED,
        error=None if cancelled else str(for_the_user(error)),
        ended=now(),
    )
