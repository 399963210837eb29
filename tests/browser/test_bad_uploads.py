"""tests in a real browser: files that are not what they should be."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from optimizer.store.study import INDEX
from tests.browser import walking
from tests.browser.conftest import Walk
from tests.browser.serving import Server


def refused(page: Page, part: str) -> None:
    """The page shows one sentence, without a traceback."""
    alert = page.get_by_test_id("stAlert").filter(has_text=part)
    expect(alert).to_be_visible()
    expect(page.get_by_text("Traceback")).to_be_hidden()


def test_a_text_file_named_model_keras_leaves_the_study_as_it_was(
    sample_page: Callable[[str], Page], server: Server, sample: Walk, tmp_path: Path
) -> None:
    page = sample_page("")
    before = (server.home / sample.study / INDEX).read_bytes()
    (tmp_path / "model.keras").write_text("Dear diary, today I trained a model.")
    page.get_by_text("Open another model").click()
    walking.upload(page, tmp_path / "model.keras")
    refused(page, "This is not a model file that can be opened")
    expect(page.get_by_role("heading", name="fashion_mnist", level=1)).to_be_visible()
    assert walking.study_in(page.url) == sample.study
    assert (server.home / sample.study / INDEX).read_bytes() == before


@pytest.mark.slow
def test_data_with_nan_leave_the_study_as_it_was(
    sample_page: Callable[[str], Page], server: Server, sample: Walk, tmp_path: Path
) -> None:
    page = sample_page("data")
    before = (server.home / sample.study / INDEX).read_bytes()
    x = np.ones((6, 28, 28, 1), np.float32)
    x[2, 3, 4] = np.nan
    np.savez(tmp_path / "data.npz", x=x, y=np.zeros(6, int))
    page.get_by_text("Use other data").click()
    walking.upload(page, tmp_path / "data.npz")
    refused(page, "The inputs hold 1 values that are NaN")
    expect(page.get_by_role("heading", name="Fashion-MNIST")).to_be_visible()
    assert walking.study_in(page.url) == sample.study
    assert (server.home / sample.study / INDEX).read_bytes() == before


def test_a_large_upload_goes_to_disk_and_not_into_memory(
    page: Page, server: Server, tmp_path: Path
) -> None:
    size = 200 * 2**20
    with (tmp_path / "large grün.bin").open("wb") as file:
        file.truncate(size)
    page.goto(server.url)
    walking.settle(page)
    before = peak_memory(server.pid)
    walking.upload(page, tmp_path / "large grün.bin")
    refused(page, "This is not a model file that can be opened")
    assert peak_memory(server.pid) - before < size / 2
    digest = hashlib.sha256(bytes(size)).hexdigest()
    assert (server.home / ".uploads" / digest).stat().st_size == size


def peak_memory(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])
