"""tests of the level at which workers run: what works is taken, what is required is held to."""

from pathlib import Path

import pytest

from optimizer.errors import SettingError
from optimizer.workers.confinement import bubblewrap, kernel, landlock, strongest
from optimizer.workers.confinement.level import Level, Wish
from tests.refused import refused


@pytest.fixture(autouse=True)
def tried_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strongest, "possible", strongest.possible.__wrapped__)


@pytest.fixture
def without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "found", lambda: None)


@pytest.fixture
def without_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 2)


def test_who_wants_no_isolation_has_none_and_is_told() -> None:
    level = strongest.strongest(Wish.OFF)
    assert not level.confined
    assert level.sentence == (
        "Files are opened in processes that are not confined. LITEWEIGH_ISOLATION is off."
    )


def test_without_bubblewrap_landlock_confines(without_bubblewrap: None) -> None:
    level = strongest.strongest(Wish.REQUIRED)
    assert level == Level("landlock", "bubblewrap is not installed.")
    assert "Landlock and seccomp. bubblewrap is not installed." in level.sentence


def test_where_nothing_confines_it_is_said_why(
    without_bubblewrap: None, without_landlock: None
) -> None:
    level = strongest.strongest(Wish.AUTO)
    assert level.name == "none"
    assert "bubblewrap is not installed. Landlock needs Linux 6.2" in level.why


def test_where_isolation_is_required_nothing_runs_without(
    without_bubblewrap: None, without_landlock: None
) -> None:
    with refused(SettingError, "required", "bubblewrap is not installed", "LITEWEIGH_ISOLATION"):
        strongest.strongest(Wish.REQUIRED)


def test_on_other_systems_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "SYSTEM", "Darwin")
    monkeypatch.setattr(kernel, "MACHINE", "arm64")
    level = strongest.strongest(Wish.AUTO)
    assert level.name == "none"
    assert "this is Darwin on arm64" in level.why


def test_a_bubblewrap_that_may_not_work_here_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n"
    )
    broken.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "found", lambda: str(broken))
    level = strongest.strongest(Wish.AUTO)
    assert level.name == "landlock"
    assert "setting up uid map: Permission denied" in level.why


def test_a_lock_that_does_not_hold_is_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe looks at what is refused, not at whether something was switched on."""
    assert "was not refused" in str(strongest.obstacle(Level("none")))


def test_trying_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    strongest.strongest(Wish.AUTO)
    assert list(tmp_path.iterdir()) == []
