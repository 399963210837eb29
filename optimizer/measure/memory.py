"""measure/: the memory of this process, as Linux counts it.

In a worker that Landlock confines, /proc is out of sight. Then there is only getrusage(2), which
tells the peak of the whole life, and that rightly only where `own_process_main` has forked.
"""

import resource
import sys
from contextlib import suppress
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # sets the peak to what is resident now: proc(5), Linux 4.0 and later


def is_told() -> bool:
    """Whether /proc tells this process of itself."""
    return _status("VmRSS") is not None


def resident_bytes() -> int | None:
    """What is resident now, or was at most; None where the system does not tell."""
    return _status("VmRSS") or _usage()


def peak_bytes() -> int | None:
    """The most that was resident at once since the last reset; None where it is not told."""
    return _status("VmHWM") or _usage()


def reset_peak() -> None:
    """Forgets the peak, where the system allows that; else it stays that of the whole life."""
    with suppress(OSError):
        RESET.write_text(RESET_PEAK)


def _usage() -> int | None:
    if sys.platform != "linux":
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _status(field: str) -> int | None:
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    return None
