"""tests of workers/: another process of the same user: it has secrets, and notes what reaches it.

python -m tests.workers.attempts.bystander FOLDER SECRET
"""

import ctypes
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType

LOG, SECRET_FILE = "log", "secret"
UNANSWERABLE = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}


def main(folder: Path, secret: str) -> None:
    """Says where it can be reached, and writes down what comes, until its input is closed."""
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(text: str) -> None:
        os.write(log, f"{text}\n".encode())

    def on_signal(number: int, _: FrameType | None) -> None:
        note(f"signal {number}")

    for number in set(signal.valid_signals()) - UNANSWERABLE:
        with suppress(OSError, ValueError):
            signal.signal(number, on_signal)
    os.chdir(folder)
    Path(SECRET_FILE).write_text(secret)
    deleted = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (it stays open)
    deleted.write(secret.encode())
    deleted.flush()
    kept = ctypes.create_string_buffer(secret.encode(), 200)

    reach = selectors.DefaultSelector()
    reach.register(sys.stdin, selectors.EVENT_READ)
    abstract = f"liteweigh-{os.getpid()}"
    listens = {"tcp": _listening(("127.0.0.1", 0)), "stream": _listening("stream")}
    listens["abstract"] = _listening(f"\0{abstract}")
    with suppress(OSError):
        listens["tcp6"] = _listening(("::1", 0), socket.AF_INET6)
    hears = {"udp": _hearing(("127.0.0.1", 0)), "datagrams": _hearing("datagrams")}
    for own in (*listens.values(), *hears.values()):
        reach.register(own, selectors.EVENT_READ)
    ports = {
        name: own.getsockname()[1]
        for name, own in {"tcp6": None, **listens, **hears}.items()
        if own and name in {"tcp", "tcp6", "udp"}
    }
    told = {"ports": {"tcp6": 0, **ports}, "abstract": abstract, "address": ctypes.addressof(kept)}
    print(json.dumps(told), flush=True)  # noqa: T201
    while True:
        for key, _ in reach.select():
            if key.fileobj is sys.stdin:
                return
            reached = key.fileobj
            assert isinstance(reached, socket.socket)
            if reached in listens.values():
                connected, _ = reached.accept()
                connected.settimeout(2)
                note(_heard(connected))
                connected.close()
            else:
                note(_heard(reached))


def _heard(own: socket.socket) -> str:
    with suppress(OSError):
        return own.recv(200).decode("ascii", "replace") or "connected"
    return "connected"


def _listening(address: object, family: int | None = None) -> socket.socket:
    own = socket.socket(family or _family(address), socket.SOCK_STREAM)
    own.bind(address)  # type: ignore[arg-type]  # as the family has it
    own.listen()
    return own


def _hearing(address: object) -> socket.socket:
    own = socket.socket(_family(address), socket.SOCK_DGRAM)
    own.bind(address)  # type: ignore[arg-type]  # as the family has it
    return own


def _family(address: object) -> int:
    return socket.AF_UNIX if isinstance(address, str) else socket.AF_INET


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
