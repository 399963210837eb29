"""workers/: what a process and all that it started have in memory, seen from outside."""

from collections.abc import Iterator
from pathlib import Path

import psutil

PROC = Path("/proc")


def resident_bytes(pid: int) -> int:
    """Resident bytes of a process and its descendants, in whatever namespace; 0 if it is gone."""
    return sum(map(_resident, (pid, *_descendants(pid))))


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has ended in this moment
        return 0


def _descendants(pid: int) -> Iterator[int]:
    """Asks the kernel for the children of each thread, which reads nothing of other processes."""
    children = list((PROC / str(pid) / "task").glob("*/children"))
    if not children:  # another system, or a kernel that does not tell
        try:
            yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
        except psutil.Error:
            return
    for file in children:
        try:
            found = file.read_text().split()
        except OSError:  # the thread has ended in this moment
            continue
        for child in map(int, found):
            yield child
            yield from _descendants(child)
