"""cli/: a command that is asked to end takes what it has started with it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def asked_to_end() -> Iterator[None]:
    """Within the block SIGTERM ends the program as Ctrl-C does: what is open is closed first.

    So no worker, no temporary file and no lock is left. Asked a second time it ends at once.

    Raises:
        SystemExit: it was asked; with the status that a shell gives to this signal.
    """
    if threading.current_thread() is not threading.main_thread():  # no others may hear signals
        yield
        return
    before = signal.getsignal(signal.SIGTERM)

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
