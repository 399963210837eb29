"""tests/fuzz: runs readers in a process of their own, as the app does.

HDF5 and others are native code, which ends its process on some wrong bytes. The server survives
that and says so; so does a run of the fuzzer.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def _begin() -> None:
    os.environ.update(ENVIRONMENT)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A fuzzer that is killed cannot end this process."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)


@contextmanager
def _without_main() -> Iterator[None]:
    """A process that is spawned meanwhile runs no script of ours first.

    It would run what stands as `__main__`, and after tests of pages that is a page.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        yield


class Isolation:
    """One process, replaced whenever it dies.

    Attributes:
        crashes: How often it died.
    """

    def __init__(self) -> None:
        self.crashes = 0
        self._start()

    def _start(self) -> None:
        self._executor = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
        )
        with _without_main():
            self._executor.submit(os.getpid).result()  # a process that cannot start says so here

    def run(self, function: Callable[..., T], *arguments: Any) -> T | None:
        """Calls a function of a module there; raises what it raises; None if it crashes."""
        try:
            return self._executor.submit(function, *arguments).result()
        except BrokenExecutor:
            self.crashes += 1
            self._executor.shutdown(wait=False)
            self._start()
            return None

    def close(self) -> None:
        """Ends the process."""
        self._executor.shutdown(wait=True)
