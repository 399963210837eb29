"""tests in a real browser: waits for what is not on the page, such as the end of a process."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Waits until `condition` holds, and fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
