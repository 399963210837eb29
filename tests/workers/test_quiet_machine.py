"""tests of workers/: several Liteweighs take turns on one machine, and say whom they wait for."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.workers import quiet_machine, user_folder
from optimizer.workers.quiet_machine import QUEUE, Turns
from tests.waiting import until

SECONDS = 60.0


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path / f"liteweigh-{os.getuid()}"


@pytest.fixture
def servers() -> Iterator[list[Turns]]:
    made = [Turns(SECONDS) for _ in range(3)]
    yield made
    for one in made:
        one.close()


def test_work_goes_beside_work_and_a_measurement_alone(servers: list[Turns]) -> None:
    first, second, third = servers
    assert first.ask(0, quiet=False) is None
    assert second.ask(0, quiet=False) is None
    assert third.ask(0, quiet=True) == "Waiting for a quiet machine: this Liteweigh is at work"
    first.give_back(0)
    assert third.ask(0, quiet=True) is not None
    second.give_back(0)
    assert third.ask(0, quiet=True) is None
    assert first.ask(1, quiet=False) == "Waiting: this Liteweigh measures latency"
    assert second.ask(1, quiet=True) is not None
    third.give_back(0)
    assert first.ask(1, quiet=False) is None


def test_a_measurement_is_not_passed_by_work_that_came_later(servers: list[Turns]) -> None:
    first, second, _ = servers
    assert first.ask(0, quiet=False) is None
    assert second.ask(0, quiet=True) is not None
    assert first.ask(1, quiet=False) is not None, "it came after the measurement"
    first.give_back(0)
    assert first.ask(1, quiet=False) is not None
    assert second.ask(0, quiet=True) is None
    second.give_back(0)
    assert first.ask(1, quiet=False) is None


def test_work_that_gives_way_goes_on_after_the_measurement(servers: list[Turns]) -> None:
    first, second, third = servers
    assert first.ask(0, quiet=False) is None
    assert first.wanted() == (False, False)
    assert second.ask(0, quiet=True) is not None
    assert first.wanted() == (True, False)
    first.give_way(0)
    assert second.ask(0, quiet=True) is None
    assert first.ask(0, quiet=False) is not None
    assert third.ask(0, quiet=False, urgent=True) is not None
    assert second.wanted() == (False, True)
    second.give_way(0)
    assert first.ask(0, quiet=False) is None, "it asked before"
    assert third.ask(0, quiet=False, urgent=True) is None
    assert second.ask(0, quiet=True) is not None
    first.give_way(0)
    third.give_back(0)
    assert second.ask(0, quiet=True) is None


def test_a_full_disk_lets_a_servers_own_tasks_take_turns_all_the_same(
    servers: list[Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    assert servers[0].ask(0, quiet=True) is None
    monkeypatch.setattr(quiet_machine, "_taken", full)
    assert servers[0].ask(1, quiet=False) is not None
    servers[0].give_back(0)
    assert servers[0].ask(1, quiet=False) is None


def test_measurements_take_turns_in_the_order_in_which_they_asked(servers: list[Turns]) -> None:
    order = []
    for round_ in range(3):
        for one in servers:
            one.ask(round_, quiet=True)
    waiting = [(one, round_) for round_ in range(3) for one in servers]
    while waiting:
        [next_] = [w for w in reversed(waiting) if w[0].ask(w[1], quiet=True) is None]
        order.append((servers.index(next_[0]), next_[1]))
        next_[0].give_back(next_[1])
        waiting.remove(next_)
    assert order == [(server, round_) for round_ in range(3) for server in range(3)]


def test_whoever_no_longer_asks_is_passed_over(
    servers: list[Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = servers
    assert first.ask(0, quiet=False) is None
    assert second.ask(0, quiet=True) is not None
    now = quiet_machine._now()
    monkeypatch.setattr(quiet_machine, "_now", lambda: now + quiet_machine.SILENT + 1)
    assert third.ask(0, quiet=False) is None
    assert first.ask(1, quiet=True) is not None
    monkeypatch.setattr(quiet_machine, "_now", lambda: now + 3 * (SECONDS + quiet_machine.GRACE))
    assert first.ask(2, quiet=True) is None, "no task takes so long"


HOLDER = """
import time
from optimizer.workers.quiet_machine import Turns
turns = Turns(60.0)
print(turns.ask(0, quiet=True), flush=True)
time.sleep(60)
"""


def test_a_server_that_is_killed_lets_go_and_one_that_lives_is_named(servers: list[Turns]) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"None\n"
    said = servers[0].ask(0, quiet=False)
    assert said == f"Waiting: another Liteweigh (process {holder.pid}) measures latency"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    until(lambda: servers[0].ask(0, quiet=False) is None)


IDLE = """
import time
from optimizer.workers.quiet_machine import Turns
turns = Turns(60.0)
print(flush=True)
time.sleep(60)
"""


def test_what_a_server_left_that_was_killed_is_gone_once_another_starts(place: Path) -> None:
    """Also of one that had no task, whose name stands in no queue."""
    with subprocess.Popen(
        [sys.executable, "-c", IDLE], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as idle:
        assert idle.stdout
        idle.stdout.readline()
        lives = Turns(SECONDS)
        assert len(list(place.glob("server-*"))) == 2
        idle.kill()
    another = Turns(SECONDS)
    assert len(list(place.glob("server-*"))) == 2
    assert lives.ask(0, quiet=True) is None
    assert another.ask(0, quiet=False) is not None, "the one that lives is still known"
    another.close()
    lives.close()
    assert {file.name for file in place.iterdir()} == {"queue.json", "queue.lock"}


@pytest.mark.parametrize("content", ["", "[", "null", '[{"server": 3}]', "[" * 100_000])
def test_a_damaged_queue_stops_nobody(servers: list[Turns], place: Path, content: str) -> None:
    (place / QUEUE).write_text(content)
    assert servers[0].ask(0, quiet=True) is None


def test_without_a_place_of_ones_own_nothing_is_shared_and_nothing_stops(
    place: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place.symlink_to(elsewhere)
    with pytest.raises(OSError, match="not this user’s alone"):
        user_folder.user_folder()
    turns = Turns(SECONDS)
    other = Turns(SECONDS)
    assert turns.ask(0, quiet=True) is None
    assert other.ask(0, quiet=True) is None, "servers know nothing of each other"
    assert turns.ask(1, quiet=False) is not None, "but one does of itself"
    turns.give_back(0)
    assert turns.ask(1, quiet=False) is None
    turns.close()
    other.close()
    assert list(elsewhere.iterdir()) == []


def test_nothing_but_the_queue_is_left(servers: list[Turns], place: Path) -> None:
    for one in servers:
        one.ask(0, quiet=False)
        one.close()
    assert {file.name for file in place.iterdir()} == {"queue.json", "queue.lock"}
