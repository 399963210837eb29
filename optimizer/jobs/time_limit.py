"""jobs/: how long something may take before it is ended, unless somebody wants to wait longer."""

import threading
import time
from collections.abc import Callable


class TimeLimit:
    """Counts from the moment in which a worker takes something up.

    Attributes:
        seconds: how long it may take, and by how much each wish to wait extends that.
        passed: whether it was ended by this.
    """

    def __init__(self, seconds: float) -> None:
        """Counts nothing yet."""
        self.seconds = seconds
        self.passed = False
        self._lock = threading.Lock()
        self._end: Callable[[], None] | None = None
        self._ends_at = 0.0

    def begin(self, end: Callable[[], None]) -> None:
        """Calls `end` when the time is over."""
        with self._lock:
            self._end = end
            self._ends_at = time.monotonic() + self.seconds
        self._wait(self.seconds)

    @property
    def left(self) -> float | None:
        """Seconds that are left; None while nothing is counted."""
        with self._lock:
            return max(0.0, self._ends_at - time.monotonic()) if self._end else None

    def wait_longer(self) -> None:
        """Gives it as much time again, on top of what is left."""
        with self._lock:
            self._ends_at += self.seconds

    def stop(self) -> None:
        """It has ended by itself."""
        with self._lock:
            self._end = None

    def _wait(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        with self._lock:
            if self._end is None:
                return
            left = self._ends_at - time.monotonic()
            end = self._end
            self.passed = left <= 0
        if left > 0:  # somebody wants to wait longer
            self._wait(left)
        else:
            end()
