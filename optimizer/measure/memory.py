"""measure/: the memory of this process, as Linux counts it."""

from contextlib import suppress
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # sets the peak to what is resident now: proc(5), Linux 4.0 and later


def resident_bytes() -> int | None:
    """What is resident now; None where the system does not tell."""
    return _status("VmRSS")


def peak_bytes() -> int | None:
    """The most that was resident at once since the last reset; None where it is not told."""
    return _status("VmHWM")


def reset_peak() -> None:
    """Forgets the peak, where the system allows that; else it stays that of the whole life."""
    with suppress(OSError):
        RESET.write_text(RESET_PEAK)


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
