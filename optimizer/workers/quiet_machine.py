"""workers/: keeps the machine quiet while latency is measured.

A lock file for each user: work holds it shared, latency measurements hold it alone. It also holds
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


def machine(*, alone: bool, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
    """Holds the machine, shared with other work or alone; `on_wait` is called if it must wait."""
    return locks.held(lock_path(), shared=not alone, on_wait=on_wait)
