"""workers/: keeps the machine quiet while latency is measured.

A lock file for each user: work holds it shared, a latency measurement exclusively. It also holds
between several Liteweigh processes, and the system releases it when a process dies.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from optimizer.files import locks


def lock_path() -> Path:
    """The lock file that all Liteweigh processes of this user share."""
    return Path(tempfile.gettempdir()) / f"liteweigh-{os.getuid()}.lock"


def hold_machine(*, quiet: bool, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
    """Holds the machine while a task runs.

    Args:
        quiet: Whether no other work may run meanwhile.
        on_wait: Called if it must wait.
    """
    return locks.held(lock_path(), shared=not quiet, on_wait=on_wait)
