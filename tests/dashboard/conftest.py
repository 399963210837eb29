"""tests of dashboard/: what all of them need."""

import pytest


@pytest.fixture(scope="package", autouse=True)
def quick(quick_pages: None) -> None:
    """Apps are made without a look at all installed packages."""
