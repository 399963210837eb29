"""tests: Streamlit's tests of pages look for components among all installed packages only once.

Streamlit 1.65's AppTest reads the metadata of every installed package for each app that it makes,
which takes longer than the page.
"""

import functools
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def quick_pages() -> Iterator[None]:
    """Each process looks once."""
    from streamlit.components.v2 import manifest_scanner

    look = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", look)
        yield
