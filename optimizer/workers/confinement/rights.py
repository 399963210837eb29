"""workers/confinement/: what a process gives up beside what it may reach."""

import resource
import signal
from contextlib import suppress
from pathlib import Path

from optimizer.workers.confinement import kernel

# Of linux/prctl.h and linux/capability.h.
END_WITH_PARENT = 1
DROP_FROM_BOUND = 24
INHERIT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
NO_NEW_PRIVILEGES = 38
AMBIENT, CLEAR_AMBIENT = 47, 4
MOST_CAPABILITIES = 64

THREADS_AND_PROCESSES = 4096  # more than TensorFlow starts on the largest machines


def give_up(*, confined: bool) -> None:
    """Gives up for good core dumps and new rights; ends when the parent does.

    Args:
        confined: Whether it also gives up what root has above others, to start processes without
            end, and to have some that are not below it: there their memory is counted.

    Raises:
        OSError: what the kernel answered.
    """
    # 1 rather than 0: only then the kernel does not pipe the user's data to a program that
    # collects core dumps (fs/coredump.c). A file cannot be that small either.
    _lower(resource.RLIMIT_CORE, 1)
    if kernel.SYSTEM != "Linux":
        return
    kernel.prctl(END_WITH_PARENT, signal.SIGKILL)
    kernel.prctl(NO_NEW_PRIVILEGES, 1)
    if confined:
        kernel.prctl(INHERIT_ORPHANS, 1)
        _lower(resource.RLIMIT_NPROC, _threads_of_all() + THREADS_AND_PROCESSES)
        _drop_capabilities()


def _lower(limit: int, to: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = to if hard == resource.RLIM_INFINITY else min(to, hard)
    resource.setrlimit(limit, (value, value))


def _threads_of_all() -> int:
    """How many threads this machine has: the kernel counts those of the user, wherever they are."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    return 0


def _drop_capabilities() -> None:
    with suppress(OSError):  # there are no more, or it has none that it could get back
        for capability in range(MOST_CAPABILITIES):
            kernel.prctl(DROP_FROM_BOUND, capability)
    with suppress(OSError):  # Linux 4.3
        kernel.prctl(AMBIENT, CLEAR_AMBIENT)
    kernel.drop_all_capabilities()
