"""tests: the command line, called in this process, with the workers that all tests share."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from optimizer.workers.confinement.level import Level
from optimizer.workers.executor import LocalExecutor

Terminal = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def lend(executor: LocalExecutor, patch: pytest.MonkeyPatch) -> None:
    """A scheduler that is started has no workers of its own, which would import TensorFlow."""

    def lent(*_: object, level: Level, **__: object) -> SimpleNamespace:
        return SimpleNamespace(
            level=level,
            submit=executor.submit,
            progress=executor.progress,
            written=executor.written,
            cancel=executor.cancel,
            close=lambda: None,
        )

    patch.setattr("optimizer.jobs.local.LocalExecutor", lent)


@pytest.fixture
def shared_workers(executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command would start workers anew."""
    lend(executor, monkeypatch)
    monkeypatch.setenv("LITEWEIGH_WORKERS", "1")
    monkeypatch.setenv("LITEWEIGH_LATENCY_SECONDS", "0.05")


@pytest.fixture
def terminal(shared_workers: None) -> Terminal:
    """Runs a command: terminal("inspect", path)."""
    from optimizer.cli.main import main

    def run(*arguments: object) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Said(code, out.getvalue(), err.getvalue())

    return run
