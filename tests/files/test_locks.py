"""tests of files/: who holds a lock keeps others out, for as long as it lives."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from optimizer.files import locks

ROOT = Path(__file__).parents[2]


@contextmanager
def holder(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that holds the lock until it is killed."""
    script = (
        "import sys, time; from pathlib import Path; from optimizer.files import locks\n"
        "locks.take(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_lock_is_refused_while_another_process_has_it_and_free_once_that_is_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".lock"
    with holder(path) as process:
        for shared in (False, True):
            with pytest.raises(BlockingIOError):
                locks.take(path, shared=shared)
        process.kill()
        process.wait()
        os.close(locks.take(path))


def test_who_waits_is_told_so_once_and_then_gets_it(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    waited: list[str] = []
    with holder(path) as process:

        def told() -> None:
            waited.append("waits")
            process.kill()

        with locks.held(path, on_wait=told), pytest.raises(BlockingIOError):
            locks.take(path)
    assert waited == ["waits"]


def test_a_free_lock_is_had_without_a_word_and_let_go_after_the_block(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    waited: list[str] = []
    with locks.held(path, on_wait=lambda: waited.append("waits")):
        pass
    os.close(locks.take(path))
    assert not waited


def test_several_share_a_lock_that_one_cannot_then_have_alone(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with (
        locks.held(path, shared=True),
        locks.held(path, shared=True),
        pytest.raises(BlockingIOError),
    ):
        locks.take(path)
    os.close(locks.take(path))


def test_a_lock_follows_no_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (tmp_path / ".lock").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic"):
        locks.take(tmp_path / ".lock")
    assert not victim.exists()
