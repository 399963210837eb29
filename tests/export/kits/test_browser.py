"""tests of export/kits/: the kit for web pages runs its vectors in Chromium."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import chromium
from tests.export.kits.unpacked import Unpack

NPM = shutil.which("npm")
PATIENCE = 60_000  # milliseconds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NPM is None, reason="there is no npm"),
    pytest.mark.skipif(chromium.find() is None, reason="there is no Chromium"),
]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder at an address, as the kit's page says."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split("port ")[1].split()[0]
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.kill()


@pytest.mark.parametrize("recipe", ["float32", "int8"])
def test_its_vectors_hold_in_chromium(unpack: Unpack, recipe: str) -> None:
    folder = unpack(recipe, "browser")
    assert NPM is not None
    done = subprocess.run(
        [NPM, "install", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("npm cannot install @litertjs/core")
    with served(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("button", name="Run the test vectors").click(timeout=PATIENCE)
        said = page.get_by_role("status")
        expect(said).not_to_have_text("Ready.", timeout=PATIENCE)
        assert "All vectors are as expected." in said.inner_text(), said.inner_text()
        assert said.inner_text().count("vector ") == 3
        browser.close()
