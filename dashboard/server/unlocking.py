"""dashboard/server/: the code by which a page shows that it belongs to who started the server.

All users of a machine reach its ports, and ssh brings others there. Only who started the server
sees its terminal, where the code stands. With it a page may name files on this computer and run
code of a file, which has that user's rights.
"""

import logging
import secrets
import threading
import time
from collections import deque
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no two look alike
MEANT: Final = str.maketrans("OIL", "011", "- ")
CODE: Final = "".join(secrets.choice(ALPHABET) for _ in range(8))
"""Forty bits, anew with each server."""
MOST_WRONG, PERIOD = 5, 60  # wrong codes from all pages together in so many seconds

_wrong: deque[float] = deque(maxlen=MOST_WRONG)  # when
_one_at_a_time = threading.Lock()


def announcement() -> str:
    """What the terminal says at the start."""
    return (
        "  To open files by their path, or files with code of their own, the app asks for this "
        f"code: {CODE[:4]}-{CODE[4:]}\n"
    )


def fault(typed: str) -> str | None:
    """What is wrong with a code that was typed; None if it is the one."""
    with _one_at_a_time:
        if len(_wrong) == MOST_WRONG and time.monotonic() - _wrong[0] < PERIOD:
            return "There were too many wrong codes. Wait a minute."
        meant = typed.upper().translate(MEANT)
        if secrets.compare_digest(meant.encode(), CODE.encode()):
            return None
        _wrong.append(time.monotonic())
        logging.getLogger(__name__).warning("A page gave a wrong code.")
        return "That is not the code. It is in the line that begins “To open files by their path”."
