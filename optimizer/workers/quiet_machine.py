"""workers/: keeps the machine quiet while latency is measured.

A lock file for each user: work holds it shared, latency measurements hold it alone. It also holds
between several Liteweigh processes, and the system releases it when a process dies.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def lock_path() -> Path:
    """The lock file that all Liteweigh processes of this user share."""
    return Path(tempfile.gettempdir()) / f"liteweigh-{os.getuid()}.lock"


@contextmanager
def machine(*, alone: bool, on_wait: Callable[[], None]) -> Iterator[None]:
    """Holds the machine, shared with other work or alone; `on_wait` is called if it must wait."""
    descriptor = os.open(lock_path(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)
