"""tests of settings: what the environment may say, and what is said of the rest."""

import os
import re
from pathlib import Path

import psutil
import pytest

from optimizer import settings
from optimizer.errors import SettingError

ROOT = Path(__file__).parents[1]
WHOLE = "a whole number from 1 to 256"
HOSTS = "a list of host names without ports, parted by commas,"
GB, MINUTES, SECONDS = (f"a number of {unit} above 0" for unit in ("GB", "minutes", "seconds"))


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(settings.variable(name), raising=False)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("WORKERS", "two", WHOLE),
        ("WORKERS", "0", WHOLE),
        ("WORKERS", "-1", WHOLE),
        ("WORKERS", "1.5", WHOLE),
        ("WORKERS", "257", WHOLE),
        ("WORKERS", "1e9", WHOLE),
        ("JOB_MEMORY_GB", "0", GB),
        ("JOB_MEMORY_GB", "-2", GB),
        ("JOB_MEMORY_GB", "nan", GB),
        ("JOB_MEMORY_GB", "inf", GB),
        ("JOB_MEMORY_GB", "2 GB", GB),
        ("JOB_MINUTES", "0", MINUTES),
        ("JOB_MINUTES", "an hour", MINUTES),
        ("OPENING_MINUTES", "-1", MINUTES),
        ("LATENCY_SECONDS", "-0.1", SECONDS),
        ("LATENCY_SECONDS", "1,5", SECONDS),
        ("PATHS", "perhaps", "1 or 0"),
        ("PACKAGES", "keras-hub", "a list of packages, parted by commas,"),
        ("PACKAGES", "studio; rm", "a list of packages, parted by commas,"),
        ("HOSTS", "https://a.example", HOSTS),
        ("HOSTS", "a.example:8501", HOSTS),
        ("HOSTS", "*.example", HOSTS),
        ("HOSTS", "a.example b.example", HOSTS),
        ("HOSTS", ",", HOSTS),
        ("AUTH", "off", "none"),
        ("LOG", "loud", "DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_value_and_its_range(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(f"LITEWEIGH_{name}", value)
    with pytest.raises(SettingError) as refused:
        settings.from_environment()
    assert str(refused.value) == (
        f"LITEWEIGH_{name} is “{value}”, but {allowed} is expected. "
        "Change it, or unset it for the default."
    )


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize(
    "name",
    ["HOME", "WORKERS", "JOB_MEMORY_GB", "JOB_MINUTES", "LATENCY_SECONDS", "PATHS", "HOSTS", "LOG"],
)
def test_an_empty_setting_is_not_taken_for_the_default(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LITEWEIGH_{name}", value)
    with pytest.raises(SettingError, match=f"^LITEWEIGH_{name} is empty, but .* is expected"):
        settings.from_environment()


def test_limits_are_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITEWEIGH_WORKERS", "3")
    monkeypatch.setenv("LITEWEIGH_JOB_MEMORY_GB", "1.5")
    monkeypatch.setenv("LITEWEIGH_JOB_MINUTES", "2")
    chosen = settings.from_environment()
    assert chosen.workers == 3
    assert chosen.job_memory == 1.5 * 2**30
    assert chosen.job_seconds == 120


def test_workers_share_the_machines_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITEWEIGH_WORKERS", "2")
    two = settings.from_environment().job_memory
    monkeypatch.setenv("LITEWEIGH_WORKERS", "256")
    many = settings.from_environment().job_memory
    assert two == pytest.approx(max(0.4 * psutil.virtual_memory().total, 2 * 2**30), rel=1e-6)
    assert many >= 2 * 2**30, "less would not even load a model"


def test_places_and_switches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITEWEIGH_HOME", "studies")
    monkeypatch.setenv("LITEWEIGH_PATHS", "0")
    monkeypatch.setenv("LITEWEIGH_LOG", "info")
    monkeypatch.setenv("LITEWEIGH_HOSTS", "Weigh.Example, [::1],192.168.1.4")
    monkeypatch.setenv("LITEWEIGH_PACKAGES", " studio, studio.layers ,,")
    chosen = settings.from_environment()
    assert chosen.home == tmp_path / "studies"
    assert chosen.paths is False
    assert chosen.log == "INFO"
    assert chosen.hosts == ("weigh.example", "::1", "192.168.1.4")
    assert chosen.packages == ("studio", "studio.layers")


def test_no_packages_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITEWEIGH_PACKAGES", "")
    assert settings.from_environment().packages == ()


def test_defaults_are_those_of_the_readme() -> None:
    chosen = settings.from_environment()
    assert chosen.home == Path.home() / ".liteweigh"
    assert chosen.workers == min(os.cpu_count() or 1, 4)
    assert (chosen.job_minutes, chosen.latency_seconds) == (60, 1.5)
    assert (chosen.paths, chosen.hosts, chosen.packages) == (True, (), ())
    assert chosen.log == "WARNING"


def test_the_readme_has_every_setting_and_no_other() -> None:
    table = set(re.findall(r"^\| `(LITEWEIGH_\w+)`", (ROOT / "README.md").read_text(), re.M))
    assert table == {settings.variable(name) for name in settings.Settings.model_fields}
