"""workers/: what a worker process is kept from: the server's secrets, and everybody's folders.

A worker reads what strangers made. Should a file ever take it over, it must find nothing.
"""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.workers.confinement.prison import HOME, Prison

WORK = "work"
LARGEST_FILE = 64 * 2**30  # bytes; no data set or model that fits on a user's disk is larger


def environment(prison: Prison) -> dict[str, str]:
    """The environment variables of a worker: no secrets, no settings of the user's own Keras."""
    keras = prison.outbox / HOME / ".keras"
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **prison.environment(),
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": str(keras),
    }


def enter() -> None:
    """Gives up for good to write files without end."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = LARGEST_FILE if hard == resource.RLIM_INFINITY else min(LARGEST_FILE, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


@contextmanager
def working_folder(folder: Path) -> Iterator[None]:
    """Makes an empty folder inside `folder` the current one and the one for temporary files.

    It is deleted afterwards.
    """
    clear(folder)
    work = folder / WORK
    work.mkdir()
    before = Path.cwd()
    kept = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = tempfile.tempdir = str(work)
    os.chdir(work)
    try:
        yield
    finally:
        os.chdir(before)
        tempfile.tempdir = None
        if kept is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = kept
        clear(folder)


def clear(folder: Path) -> None:
    """Deletes what a task left in its working folder."""
    shutil.rmtree(folder / WORK, ignore_errors=True)
