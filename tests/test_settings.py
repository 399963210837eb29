"""tests of studies/: settings from the environment."""

import pytest

from optimizer import settings
from optimizer.errors import SettingError


def test_a_setting_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITEWEIGH_WORKERS", "two")
    with pytest.raises(SettingError, match="LITEWEIGH_WORKERS is “two”"):
        settings.from_environment()


def test_limits_are_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITEWEIGH_JOB_MEMORY_GB", "1.5")
    monkeypatch.setenv("LITEWEIGH_JOB_MINUTES", "2")
    chosen = settings.from_environment()
    assert chosen.job_memory == 1.5 * 2**30
    assert chosen.job_seconds == 120
