"""tests: waits for what happens elsewhere, such as the end of a process."""

import time
from collections.abc import Callable

PATIENCE = 180  # seconds until a test gives up waiting


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits until `condition` holds, and fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)
