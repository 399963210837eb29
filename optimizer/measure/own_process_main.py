"""measure/: the process that `own_process` starts: python -m optimizer.measure.own_process_main.

It begins small, for where /proc is out of sight it has to fork before it grows.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress

from optimizer.measure import memory

END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of linux/prctl.h


def main() -> None:
    """Measures, in a process whose memory can be counted."""
    _end_with_parent()
    if sys.platform == "linux" and not memory.is_told():
        _go_on_in_a_child()
    from optimizer.measure.in_own_process import measure  # noqa: PLC0415 (large; see above)

    measure()


def _end_with_parent() -> None:
    """A worker that is killed cannot end this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)


def _go_on_in_a_child() -> None:
    """Returns in a child; this process waits for it, and ends as it did.

    The peak that getrusage(2) tells of a program is at least that of whoever started it, a worker
    with all that it has loaded. Of a process that was forked, it is its own.
    """
    child = os.fork()
    if not child:
        _end_with_parent()
        return
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        with suppress(PermissionError):  # where a worker may send no signals at all
            os.kill(os.getpid(), -status)
        os.abort()
    sys.exit(status)


if __name__ == "__main__":
    main()
