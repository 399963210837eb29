"""tests/kills: a process that has a study, and stops with its workers where one is to be killed."""

import os
from pathlib import Path

from tests.kills.hook import NAME, install
from tests.kills.points import HOST


def prepare() -> None:
    """To be called before anything of ours is imported."""
    install(HOST, Path(os.environ["TMPDIR"]))
    tell_workers()


def tell_workers() -> None:
    """Has workers run our program, and leaves them the variable that they would not get."""
    from optimizer.workers import worker_process
    from optimizer.workers.confinement import prison

    worker_process.PROGRAM = "tests.kills.in_worker"
    prison.NEEDED = prison.NEEDED | {NAME}
