"""tests of export/: what they share."""

from pathlib import Path

import pytest

from tests.export.script.clean import environment


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without Liteweigh, see `environment`."""
    return environment(tmp_path_factory.mktemp("clean") / "environment")
