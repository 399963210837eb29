"""workers/: what runs inside a worker process, around every task."""

import ctypes
import logging
import os
import pickle
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from optimizer.errors import IN_THE_LOG, JobError, LiteweighError
from optimizer.workers import answer, sandbox
from optimizer.workers.logs import LOG
from optimizer.workers.progress import Reporter
from optimizer.workers.work import Work

LOGGER = logging.getLogger(__name__)
T = TypeVar("T")


def answer_to(request: bytes) -> bytes:
    """Does the task that the server sent, and gives what to send back: its number, the answer."""
    number, task = request[: answer.NUMBER.size], request[answer.NUMBER.size :]
    return number + _answer_to(task)


def _answer_to(task: bytes) -> bytes:
    try:
        work, memory = pickle.loads(task)  # noqa: S301 (the server made it)
    except Exception as error:  # noqa: BLE001 (whatever unpickling leads to)
        return answer.of_error(
            JobError(f"A worker could not read the task ({type(error).__name__}: {error}).")
        )
    with _logged(work.out / LOG):
        try:
            return answer.of_result(work, _run(work, memory))
        except LiteweighError as error:
            LOGGER.exception("The task was refused")
            return answer.of_error(error)
        except (KeyboardInterrupt, SystemExit) as error:  # no library's kernels raise these
            LOGGER.exception("The task wanted to end its process")
            return answer.of_error(
                JobError(
                    f"Code that the task ran wanted to end it ({type(error).__name__}): look for "
                    "that in the code that came with the model. The log has the place."
                )
            )
        except MemoryError:
            LOGGER.exception("The task ran out of memory")
            return answer.of_error(JobError(out_of_memory(memory)))
        except Exception as error:
            LOGGER.exception("The task failed")
            return answer.of_error(
                JobError(
                    f"An unexpected error stopped the job ({type(error).__name__}). {IN_THE_LOG}"
                )
            )


def _run(work: Work[T], memory: int) -> T:
    """Does a task in a working folder of its own, within its memory."""
    with _limited(memory), sandbox.working_folder(work.out):
        return work.run(Reporter(work.out))


def out_of_memory(memory: int) -> str:
    """The sentence for a job that wanted more than `memory` bytes."""
    return (
        f"The job needed more than its {memory / 2**30:.1f} GB of memory. Use fewer samples or a "
        "smaller model, or raise LITEWEIGH_JOB_MEMORY_GB."
    )


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Sends standard output and error, native code's included, to the file at `path`."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    kept = [os.dup(1), os.dup(2)]
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    try:
        yield
    finally:
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)  # what native code printed
        for descriptor, original in zip((1, 2), kept, strict=True):
            os.dup2(original, descriptor)
            os.close(original)


@contextmanager
def _limited(memory: int) -> Iterator[None]:
    """Makes allocations beyond `memory` bytes of data fail, where the system can do that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
