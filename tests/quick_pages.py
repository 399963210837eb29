"""tests: what Streamlit does beside a page, and takes longer than the page, is not done.

Its AppTest reads the metadata of every installed package for each app that it makes. After every
run of a script it clears Keras, where Keras was imported: in the app's server it never is, in a
process of tests it is.
"""

import functools
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def quick_pages() -> Iterator[None]:
    """Each process looks once, and clears nothing."""
    from streamlit.components.v2 import manifest_scanner
    from streamlit.runtime.scriptrunner import script_runner

    look = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", look)
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield
