"""tests of what a kill leaves: `make soak` does it hundreds of times, see `tests.kills.points`."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from optimizer import sample
from optimizer.cli.exit_code import ExitCode
from optimizer.workers import worker_process
from optimizer.workers.confinement import prison
from optimizer.workers.confinement.level import NONE, Level
from optimizer.workers.sandbox import environment
from tests.kills.checks import Watch
from tests.kills.hook import NAME
from tests.kills.host import tell_workers
from tests.kills.points import HOST, POINTS, WORKER, Point
from tests.kills.rounds import LEAST, count, slices
from tests.kills.study import COMMAND_LINE, ROOT, SERVER, Running
from tests.once import Once

STAGES = {"upload", "hand over", "open", "data", "start", "convert", "evaluate", "audit", "train",
          "reopen", "time", "bring", "take back", "install", "index write"}  # fmt: skip


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_point_names_a_call_that_is_there(point: Point) -> None:
    name, _, place = point.call.partition(":")
    found = importlib.import_module(name)
    for part in place.split("."):
        found = getattr(found, part)
    assert callable(found)


def test_the_soak_kills_at_every_point_of_every_stage_with_each_host_and_each_process() -> None:
    kills = [kill for one in slices() for kill in one]
    assert {point.stage for point in POINTS} == STAGES
    for point in POINTS:
        whom = {(host, victim) for host, one, victim in kills if one == point}
        hosts = {SERVER} if point.uploads else {SERVER, COMMAND_LINE}
        both = {HOST, WORKER} if point.where == WORKER else {HOST}
        assert whom == {(host, victim) for host in hosts for victim in both}, point
    again = Counter(number % len(slices()) for number in range(count()))
    assert sum(len(slices()[number]) * times for number, times in again.items()) >= LEAST


def test_a_worker_is_told_where_to_stop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It gets no variable but those that it needs, so none would ever stop."""
    monkeypatch.setattr(worker_process, "PROGRAM", worker_process.PROGRAM)
    monkeypatch.setattr(prison, "NEEDED", prison.NEEDED)
    monkeypatch.setenv(NAME, "7")
    tell_workers()
    assert environment(prison.Prison(Level(NONE), tmp_path, tmp_path))[NAME] == "7"


def at(stage: str, begins: str) -> Point:
    """The first point of a stage whose text begins so."""
    return next(one for one in POINTS if str(one).startswith(f"{stage}: {begins}"))


TEN = [
    (COMMAND_LINE, HOST, at("open", "after LoadedModel.export")),
    (SERVER, HOST, at("upload", "after settle")),
    (COMMAND_LINE, WORKER, at("data", "before judge")),
    (SERVER, WORKER, at("convert", "before settle")),
    (COMMAND_LINE, HOST, at("evaluate", "after write_predictions")),
    (COMMAND_LINE, WORKER, at("audit", "before settle of audit")),
    (COMMAND_LINE, HOST, at("train", "after Checkpoints.save")),
    (SERVER, HOST, at("time", "before measure_latency")),
    (SERVER, HOST, at("install", "before Study.put_variant")),
    (COMMAND_LINE, HOST, at("index write", "before settle")),
]
BEFORE_DATA = {"upload", "open", "data", "index write"}


def prepared(place: Path, host: str, stage: str, once: Once) -> Running:
    """A study as it is before a stage; most come after the data, which then are there."""

    def fill(folder: Path) -> None:
        running = Running(folder, host)
        running.kill(at("start", "before Study.add_job"), HOST)
        shutil.rmtree(running.temporary)

    if stage not in BEFORE_DATA:
        shutil.copytree(once(f"killed {host}", fill), place / "killed")
    return Running(place / "killed", host)


@pytest.mark.slow
@pytest.mark.parametrize(("host", "victim", "point"), TEN, ids=str)
def test_a_study_survives_a_kill_and_is_made_in_the_end(
    tmp_path: Path, once: Once, host: str, victim: str, point: Point
) -> None:
    running = prepared(tmp_path, host, point.stage, once)
    watch = Watch(running)
    watch.look()
    assert running.kill(point, victim)
    watch.look()
    watch.look_at_end(running.finish(), {})


ASKED = [
    (COMMAND_LINE, signal.SIGTERM, at("evaluate", "before predict")),
    (COMMAND_LINE, signal.SIGINT, at("train", "before learn")),
    (SERVER, signal.SIGTERM, at("convert", "before settle")),
    (SERVER, signal.SIGINT, at("time", "before measure_latency")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("host", "number", "point"), ASKED, ids=str)
def test_who_is_asked_to_end_leaves_nothing_but_the_study(
    tmp_path: Path, once: Once, host: str, number: signal.Signals, point: Point
) -> None:
    running = prepared(tmp_path, host, point.stage, once)
    running.signal(point, number)
    assert not running.left()
    assert "Traceback" not in running.said()
    Watch(running).look()


OPENS = """
import time
import optimizer
with optimizer.open() as study:
    print(study.study.folder, flush=True)
    time.sleep({seconds})
"""


@pytest.mark.slow
def test_a_study_that_nobody_keeps_is_gone_after_a_kill_once_another_is_opened(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "LITEWEIGH_WORKERS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", OPENS.format(seconds=600)], cwd=ROOT, env=environment,
        stdout=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdout
        folder = Path(first.stdout.readline().strip())
        assert (folder / "study.json").exists()
        first.kill()
    assert folder.exists()
    command = [sys.executable, "-c", OPENS.format(seconds=0)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    left = {file.name for file in tmp_path.rglob("*") if not file.is_dir()}
    assert left == {"queue.json", "queue.lock"}


@pytest.mark.slow
@pytest.mark.parametrize("host", [COMMAND_LINE, SERVER])
def test_two_hosts_on_one_home_leave_each_others_work_alone(
    tmp_path: Path, once: Once, host: str
) -> None:
    running = prepared(tmp_path, host, "convert", once)
    study = running.study
    assert study
    theirs = tmp_path / "theirs"  # else it waits until the machine is quiet, and it never is
    theirs.mkdir()
    environment = {**os.environ, "TMPDIR": str(theirs), "LITEWEIGH_WORKERS": "1"}

    def another(folder: Path) -> "subprocess.CompletedProcess[str]":
        files = [str(sample.MODEL), "--data", str(running.data), "--recipe", "float16"]
        command = [sys.executable, "-m", "optimizer", "run", *files, "--out", str(folder)]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    def meanwhile() -> None:
        refused = another(study)
        assert refused.returncode == ExitCode.BAD_INPUT
        assert refused.stderr == (
            f"error: Another process has the study {study.name} open. Close it there first.\n"
        )
        beside = another(running.home / "beside")
        assert "float16" in beside.stdout, beside.stderr

    watch = Watch(running)
    assert running.kill(at("convert", "before settle"), HOST, meanwhile)
    shutil.rmtree(running.home / "beside")
    watch.look()
    watch.look_at_end(running.finish(), {})
