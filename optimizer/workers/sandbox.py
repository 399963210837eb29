"""workers/: what a worker process is kept from: the server's secrets, and everybody's folders.

A worker reads what strangers made. Should a file ever take it over, it must find nothing.
"""

import ctypes
import os
import re
import resource
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WORK = "work"
LARGEST_FILE = 64 * 2**30  # bytes; no data set or model that fits on a user's disk is larger
NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h

# What libraries need to find themselves, the user's language and their threads.
NEEDED = re.compile(
    "PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|VIRTUAL_ENV"
    "|PYTHON.*|(OMP|MKL|KMP|OPENBLAS|NUMEXPR|TF|XLA|CUDA|KERAS|MALLOC|LITEWEIGH)_.*"
)
SECRET = re.compile(".*(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|_KEY).*")


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What a worker gets of the variables that the server inherited."""
    kept = {
        name: value
        for name, value in inherited.items()
        if NEEDED.fullmatch(name) and not SECRET.fullmatch(name.upper())
    }
    return {"TF_CPP_MIN_LOG_LEVEL": "2", **kept, "CUDA_VISIBLE_DEVICES": "-1"}


def enter() -> None:
    """Gives up for good what no task needs: core dumps, endless files, new privileges."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold the user's data
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = LARGEST_FILE if hard == resource.RLIM_INFINITY else min(LARGEST_FILE, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # only Linux has it
    if prctl:
        prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)


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
