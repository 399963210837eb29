"""workers/confinement/: the tiny program that is locked in to see whether that works here.

python -m optimizer.workers.confinement.probe LEVEL INBOX OUTBOX
"""

import socket
import sys
from pathlib import Path

from optimizer.workers.confinement.prison import lock

OUTSIDE = "outside"
"""A file beside inbox and outbox, which must be out of reach."""

LOCKED = "locked"


def main(level_name: str, inbox: Path, outbox: Path) -> None:
    """Locks this process in, and looks whether the lock holds and leaves what is needed."""
    lock(level_name, inbox, outbox)
    (outbox / "written").write_text("yes")
    list(inbox.iterdir())
    for attempt in ((inbox.parent / OUTSIDE).read_bytes, socket.socket):
        try:
            attempt()
        except OSError:
            continue
        sys.exit(f"{attempt.__qualname__} was not refused")
    sys.stdout.write(LOCKED)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
