"""workers/: what a process started, and what all of it has in memory, seen from outside."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import psutil

PROC = Path("/proc")


def family(pid: int, most: int) -> list[int]:
    """A process and its descendants, in whatever namespace; no more than `most` of them."""
    return list(islice(chain((pid,), _descendants(pid)), most))


def resident_bytes(pids: Iterable[int]) -> int:
    """Resident bytes of processes together; those that are gone have none."""
    return sum(map(_resident, pids))


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has ended in this moment
        return 0


def children(pid: int) -> list[int]:
    """The processes that a process started and that have not been buried."""
    files = list((PROC / str(pid) / "task").glob("*/children"))
    if files:  # asks the kernel for this process's alone
        return [int(child) for file in files for child in _text(file).split()]
    try:  # another system, or a kernel that does not tell
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def _descendants(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from _descendants(child)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # the thread has ended in this moment
        return ""
