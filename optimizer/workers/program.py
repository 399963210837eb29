"""workers/: the program of a worker process; `worker_process` starts it.

    python launch.py optimizer.workers.program LEVEL INBOX OUTBOX MODULE…

First of all it locks itself in. Then it loads the modules, says that it is ready, and does one task
after the other: a task comes pickled from the server, and what goes back holds nothing but JSON.
"""

import importlib
import io
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# Beside it and the standard library nothing may be imported before it is locked in.
from optimizer.workers.confinement.prison import lock

READY = b"ready"
FIRST_TO_GO = "500"  # of 1000: out of memory, the system ends a worker before the server


def main(level: str, inbox: Path, outbox: Path, modules: Sequence[str]) -> None:
    """Does tasks until the server closes the pipe.

    Args:
        level: What it is to be confined by.
        inbox, outbox: The folders that it may read and write.
        modules: What it loads before it says that it is ready.
    """
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    lock(level, inbox, outbox)
    requests, answers = os.dup(0), os.dup(1)  # away from what tasks print and read
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    os.dup2(2, 1)
    _prepare()
    threading.Thread(target=_end_with_server, args=(requests,), daemon=True).start()

    from optimizer import working_time  # noqa: PLC0415 (after it is locked in)
    from optimizer.workers import frames, process, sandbox  # noqa: PLC0415

    working_time.watch(inbox / working_time.FILE)
    sandbox.enter()
    for module in modules:
        importlib.import_module(module)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    frames.write(answers, READY)
    while (request := frames.read(requests)) is not None:
        frames.write(answers, process.answer_to(request))


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert isinstance(sys.stdout, io.TextIOWrapper)  # noqa: S101 (for the type checker)
    sys.stdout.reconfigure(line_buffering=True)  # so that a log has what came before a crash
    logging.basicConfig(format="%(message)s")  # to standard error, which goes to a task's log


def _end_with_server(requests: int) -> None:
    """Ends this process, whatever it is at, when nobody is left who would read its answer."""
    hung_up = select.poll()
    hung_up.register(requests, 0)
    hung_up.poll()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
