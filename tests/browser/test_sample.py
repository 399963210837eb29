"""tests in a real browser: the embedded sample, from nothing to a file to ship."""

import hashlib
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from optimizer.recipes import BASELINE_TEXT, STANDARD, parse
from optimizer.store.study import read_index
from tests.browser import walking
from tests.browser.conftest import Walk
from tests.browser.serving import Server


def test_a_newcomer_has_an_int8_file_after_five_clicks(sample: Walk, server: Server) -> None:
    assert sample.clicks <= 5
    assert sample.name == "fashion_mnist-int8.tflite"
    made = {made.recipe: made for made in read_index(server.home / sample.study).variants}
    assert hashlib.sha256(sample.content).hexdigest() == made["int8"].sha256
    assert set(made) >= {BASELINE_TEXT, *map(str, STANDARD)} - {"int16x8"}


def test_the_address_names_the_same_study_all_the_way(sample: Walk) -> None:
    assert len({walking.study_in(address) for address in sample.addresses}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has loaded is read in /proc")
def test_the_server_never_loads_tensorflow(sample: Walk, server: Server) -> None:
    def loaded(pid: int) -> str:
        return Path(f"/proc/{pid}/maps").read_text()

    assert "tensorflow" not in loaded(server.pid)
    workers = [child.pid for child in psutil.Process(server.pid).children(recursive=True)]
    assert any("tensorflow" in loaded(pid) for pid in workers), "the workers do"


def test_the_page_names_the_choice_and_the_fastest_and_offers_the_choice(
    sample_page: Callable[[str], Page],
) -> None:
    page = sample_page("compare")
    expect(page.get_by_text("The fastest that is proved to hold them")).to_be_visible()
    choice = page.get_by_test_id("stColumn").filter(has_text="The choice: the smallest")
    expect(choice).to_contain_text("with 95 % confidence at most")
    recipe = choice.get_by_role("heading").text_content() or ""
    name = f"fashion_mnist-{parse(recipe).slug}.tflite"
    expect(walking.button(page, f"Download {name}")).to_be_visible()
    expect(page.locator(".js-plotly-plot").nth(4)).to_be_visible()


def test_everything_comes_as_one_zip(
    sample_page: Callable[[str], Page], sample: Walk, tmp_path: Path
) -> None:
    page = sample_page("compare")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all as a zip").click()
    download.value.save_as(tmp_path / "all.zip")
    assert download.value.suggested_filename == f"{sample.study}.zip"
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        content = json.loads(archive.read("results.json"))
        for made in content["variants"]:
            if made["status"] == "done":
                digest = hashlib.sha256(archive.read(made["file"])).hexdigest()
                assert digest == made["sha256"]
    assert content["variants"][0]["recipe"] == "float32"


def test_the_data_page_shows_the_pictures_and_the_split(
    sample_page: Callable[[str], Page],
) -> None:
    page = sample_page("data")
    expect(page.get_by_role("heading", name="Fashion-MNIST")).to_be_visible()
    expect(page.get_by_text("The float model reaches")).to_be_visible()
    expect(page.get_by_test_id("stImage").get_by_role("img")).to_have_count(12)
