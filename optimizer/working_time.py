"""A clock that stands still while this process is held, as work is while latency is measured.

Whoever holds a process with SIGSTOP writes to a file, before SIGCONT, for how many seconds it has
been held in all. The process itself cannot tell: the system's clocks go on. (A handler of SIGCONT
would be told too late: any thread may be the one that it interrupts.)
"""

import time
from contextlib import suppress
from pathlib import Path

FILE = "held-seconds"

_file: Path | None = None


def watch(file: Path) -> None:
    """Names the file in which this process is told for how many seconds it was held.

    It need not be there yet, and is replaced whole each time.
    """
    global _file  # noqa: PLW0603 (there is one clock in a process)
    _file = file


def now() -> float:
    """Seconds on a clock that only goes forwards, without those in which it was held."""
    held = 0.0
    if _file:
        with suppress(OSError, ValueError):
            held = float(_file.read_text())
    return time.monotonic() - held


def stops() -> int:
    """Another number each time that this process was held; takes microseconds."""
    if _file:
        with suppress(OSError):
            return _file.stat().st_mtime_ns
    return 0
