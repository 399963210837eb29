"""tests of workers/: tasks that go wrong in every way, run in real worker processes by name."""

import ctypes
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.errors import ConversionError
from optimizer.workers.process import Report


def add(a: int, b: int, report: Report) -> int:
    report("Adding", 0.5)
    return a + b


def process_id(report: Report) -> int:
    return os.getpid()


def abort(report: Report) -> None:
    print("about to abort")  # noqa: T201
    os.abort()


def crash(report: Report) -> None:
    ctypes.string_at(0)


def be_killed(report: Report) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(report: Report) -> None:
    sys.exit(3)


def fill_memory(report: Report) -> int:
    """Asks NumPy for more and more, and touches it."""
    kept = [np.ones(2**20, np.float64)]
    while True:
        kept.append(np.ones(8 * 2**20, np.float64))


def refuse(report: Report) -> None:
    raise ConversionError("The model is made of cheese.")


def fail_unexpectedly(report: Report) -> None:
    raise KeyError("no such key")


def answer_with_what_cannot_be_sent(report: Report) -> Any:
    return threading.Lock()


def print_everywhere(report: Report) -> None:
    print("from Python")  # noqa: T201
    print("from Python's stderr", file=sys.stderr)  # noqa: T201
    print("without an end", end="")  # noqa: T201
    os.write(1, b"from native code\n")
    os.write(2, b"from native stderr\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"from the C library")


def sleep(seconds: float, report: Report) -> None:
    report("Sleeping", 0.0)
    time.sleep(seconds)


def span(seconds: float, report: Report) -> tuple[float, float]:
    """When it started and ended, on a clock that all processes share."""
    start = time.monotonic()
    time.sleep(seconds)
    return start, time.monotonic()


def loaded_modules(report: Report) -> list[str]:
    mains = (sys.modules.get(name) for name in ("__main__", "__mp_main__"))
    return [*sys.modules, *(f"main file: {getattr(main, '__file__', None)}" for main in mains)]


def wait_for(path: Path, report: Report) -> None:
    """Works until somebody makes the file."""
    report("Waiting", 0.0)
    while not path.exists():
        time.sleep(0.01)


def environment(report: Report) -> tuple[dict[str, str], str]:
    """What the process knows of its variables, and what the system shows of those it began with."""
    return dict(os.environ), Path("/proc/self/environ").read_text()


def leave_files_around(report: Report) -> tuple[str, str]:
    """Writes where the process stands, and a temporary file; returns both places."""
    Path("left over").write_text("x")
    descriptor, name = tempfile.mkstemp()
    os.close(descriptor)
    return str(Path.cwd()), name


def crash_with_files(report: Report) -> None:
    Path("left over").write_text("x")
    os.abort()


def write_far(gigabytes: int, report: Report) -> None:
    """A file with a hole, which takes no room on the disk."""
    with Path("far").open("wb") as file:
        file.seek(gigabytes * 2**30)
        file.write(b"x")


def limits(report: Report) -> tuple[tuple[int, int], str]:
    """The limit of core dumps, and what the system says of the process."""
    return resource.getrlimit(resource.RLIMIT_CORE), Path("/proc/self/status").read_text()
