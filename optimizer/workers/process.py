"""workers/: what runs inside a worker process, around every task."""

import ctypes
import importlib
import io
import logging
import os
import resource
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from optimizer.errors import JobError, LiteweighError
from optimizer.workers import progress, sandbox
from optimizer.workers.progress import Reporter
from optimizer.workers.quiet_machine import hold_machine
from optimizer.workers.work import Work

LOG = "log.txt"
FIRST_TO_GO = "500"  # of 1000: out of memory, the system ends a worker before the server
LOGGER = logging.getLogger(__name__)
T = TypeVar("T")


def start(parent: int, modules: tuple[str, ...]) -> None:
    """Prepares a fresh worker process.

    Ctrl-C in the terminal is the server's to handle, and a worker whose server was killed ends
    itself: nobody would read its result.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert isinstance(sys.stdout, io.TextIOWrapper)  # noqa: S101 (for the type checker)
    sys.stdout.reconfigure(line_buffering=True)  # so that a log has what came before a crash
    logging.basicConfig(format="%(message)s")  # to standard error, which goes to a task's log
    sandbox.enter()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    silence = os.open(os.devnull, os.O_WRONLY)  # TensorFlow greets on import; tasks have a log
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for module in modules:
        importlib.import_module(module)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def run(work: Work[T], memory: int) -> T:
    """Does a task, with its output in the log of its folder, in a working folder of its own.

    Raises:
        LiteweighError: what the task raised, or JobError for anything unexpected.
    """
    report = Reporter(work.out)
    with _logged(work.out / LOG), _limited(memory):
        try:
            with (
                hold_machine(
                    quiet=work.needs_quiet,
                    on_wait=lambda: report("Waiting for a quiet machine", 0),
                ),
                sandbox.working_folder(work.out),
            ):
                return work.run(report)
        except LiteweighError:
            LOGGER.exception("The task was refused")
            raise
        except MemoryError as error:
            LOGGER.exception("The task ran out of memory")
            raise JobError(out_of_memory(memory)) from error
        except Exception as error:
            LOGGER.exception("The task failed")
            raise JobError(
                f"An unexpected error stopped the job ({type(error).__name__}). "
                "The log has the details."
            ) from error


def out_of_memory(memory: int) -> str:
    """The sentence for a job that wanted more than `memory` bytes."""
    return (
        f"The job needed more than its {memory / 2**30:.1f} GB of memory. Use fewer samples or a "
        "smaller model, or raise LITEWEIGH_JOB_MEMORY_GB."
    )


def read_log(folder: Path) -> str:
    """What tasks printed in `folder`, native code's output included; empty if nothing."""
    try:
        return (folder / LOG).read_text(errors="replace")
    except FileNotFoundError:
        return ""


def clear_all_but_log(folder: Path) -> None:
    """Deletes what a task that failed left in its folder, but for its log and its progress."""
    for left in folder.iterdir():
        if left.name in {LOG, progress.FILE}:
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()


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
