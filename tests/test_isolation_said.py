"""tests: how workers are confined is said on a page, in the terminal and in results.json."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard.frames import provenance
from optimizer.cli.main import main
from optimizer.data.data_options import DataFiles
from optimizer.export.results import results
from optimizer.jobs import local
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.library import Library
from optimizer.store.study import Study
from optimizer.workers.confinement.level import HELD_BY, Level
from tests.jobs.stand_in import StandIn
from tests.variants import study, variant

BUBBLEWRAP = Level("bubblewrap")
LANDLOCK = Level("landlock", "bubblewrap is not installed.")
OFF = Level("none", "LITEWEIGH_ISOLATION is off.")
SENTENCES = {
    BUBBLEWRAP: "Files are opened in processes without network or other files, confined by "
    "bubblewrap and seccomp.",
    LANDLOCK: "Files are opened in processes without network or other files, confined by Landlock "
    "and seccomp. bubblewrap is not installed.",
    OFF: "Files are opened in processes that are not confined. LITEWEIGH_ISOLATION is off.",
}
Kept = Callable[[Level], Study]


@pytest.fixture
def made_at(tmp_path: Path) -> Kept:
    """A study whose files were made by workers at a level, which say that they know of none."""

    def made(level: Level) -> Study:
        scheduler = Scheduler(StandIn(level=level), Library(tmp_path / level.name), 0.05, 60)
        kept = scheduler.open_both(Path("model"), "model", DataFiles(Path("data")), "data").result()
        scheduler.start(kept, [parse("int8")])
        scheduler.wait(kept)
        return kept

    return made


@pytest.mark.parametrize("level", SENTENCES, ids=lambda level: level.name)
def test_each_level_is_said_in_one_sentence(level: Level) -> None:
    assert level.sentence == SENTENCES[level]
    assert level.strongest == (level is BUBBLEWRAP)


@pytest.mark.parametrize("level", SENTENCES, ids=lambda level: level.name)
def test_results_say_what_confined_the_worker_that_made_each_file(
    made_at: Kept, level: Level
) -> None:
    told = results(made_at(level))
    assert told["environment"]["isolation"] == level.name
    assert [one["recipe"] for one in told["variants"]] == ["float32", "int8"]
    assert {one["provenance"]["isolation"] for one in told["variants"]} == {level.name}


def test_a_study_that_does_not_tell_claims_nothing(tmp_path: Path, said: list[str]) -> None:
    old = study(tmp_path / "old", variant("float32"))
    assert results(old)["environment"]["isolation"] is None
    provenance.show(old, old.index.variants[0])
    assert said[0].endswith("Linux.")


@pytest.mark.parametrize("level", SENTENCES, ids=lambda level: level.name)
def test_the_provenance_of_a_file_says_it(tmp_path: Path, said: list[str], level: Level) -> None:
    kept = study(tmp_path / "kept", variant("float32", isolation=level.name))
    provenance.show(kept, kept.index.variants[0])
    assert said[0].endswith(f"Linux, in a process that was {HELD_BY[level.name]}.")
    assert HELD_BY[level.name] in SENTENCES[level]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a frame draws as text."""
    texts: list[str] = []
    page = SimpleNamespace(markdown=texts.append, caption=texts.append, json=lambda *_, **__: None)
    monkeypatch.setattr(provenance, "st", page)
    return texts


@pytest.mark.parametrize("options", [(), ("--json",), ("--quiet",)], ids=str)
@pytest.mark.parametrize("level", SENTENCES, ids=lambda level: level.name)
def test_run_says_once_beside_the_results_that_it_could_be_better(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    level: Level,
    options: tuple[str, ...],
) -> None:
    warned = io.StringIO()
    log = logging.Logger("another, which says a thing as often as it is told", logging.WARNING)
    log.addHandler(logging.StreamHandler(warned))
    monkeypatch.setattr(local, "LOGGER", log)
    monkeypatch.setattr(local, "strongest", lambda _: level)
    monkeypatch.setattr(local, "LocalExecutor", lambda *_, level, **__: StandIn(level=level))
    assert main(["run", "--recipe", "int8", "--out", str(tmp_path / "s"), *options]) == 0
    printed = capsys.readouterr()
    on_standard_error = [*printed.err.splitlines(), *warned.getvalue().splitlines()]
    once = level is OFF or (level is LANDLOCK and "--quiet" not in options)
    assert on_standard_error.count(SENTENCES[level]) == once
    assert "confined" not in printed.out.replace('"isolation"', "")
