"""tests/fuzz: runs readers in a process of their own, as the app does.

HDF5 and others are native code, which ends its process on some wrong bytes. The server survives
that and says so; so does a run of the fuzzer.
"""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any

ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def _quietly() -> None:
    os.environ.update(ENVIRONMENT)


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
            initializer=_quietly,
        )

    def run(self, function: Callable[..., None], *arguments: Any) -> None:
        """Calls a function of a module there; raises what it raises, and nothing if it crashes."""
        try:
            self._executor.submit(function, *arguments).result()
        except BrokenExecutor:
            self.crashes += 1
            self._executor.shutdown(wait=False)
            self._start()

    def close(self) -> None:
        """Ends the process."""
        self._executor.shutdown(wait=True)
