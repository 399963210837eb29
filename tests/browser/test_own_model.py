"""tests in a real browser: an own model with own data, to a file that is what the page says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Page, expect

from optimizer.store.study import read_index
from tests import tutorial
from tests.archives import zip_folder
from tests.browser import walking
from tests.browser.serving import Server
from tests.conftest import CLASSES, SIDE
from tests.levels import some

Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
SOME_WRONG = 0.2


@pytest.fixture(scope="module")
def arrays(tiny3: Any) -> Arrays:
    """Images in 0..255, and labels that the model gets right for about four of five."""
    rng = np.random.default_rng(5)
    brightness = rng.uniform(0.1, 1.0, (400, 1, 1, 3))
    x = (rng.uniform(0, 255, (400, SIDE, SIDE, 3)) * brightness).astype(np.uint8)
    y = np.argmax(tiny3.predict_on_batch(x / np.float32(255)), axis=1)
    wrong = rng.random(len(y)) < SOME_WRONG
    return x, np.where(wrong, (y + 1) % CLASSES, y)


@pytest.fixture(scope="module")
def data(arrays: Arrays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("data") / "my pictures.npz"
    np.savez(path, x=arrays[0], y=arrays[1])
    return path


def test_a_downloaded_file_has_the_accuracy_that_the_page_shows(
    page: Page, server: Server, tiny3: Any, arrays: Arrays, data: Path, tmp_path: Path
) -> None:
    tiny3.save(tmp_path / "my net.keras")
    page.goto(server.url)
    walking.open_model(page, tmp_path / "my net.keras")
    expect(page.get_by_role("heading", name="my net")).to_be_visible()
    walking.give_data(page, data)
    expect(page.get_by_text("The float model reaches")).to_be_visible()
    walking.button(page, "Choose optimizations").click()
    walking.run(page, {"int8": {"calibration_samples": 20}})
    walking.button(page, "Compare results").click()

    recipe = "int8(calibration_samples=20)"
    shown = float(walking.row(page, recipe)["Accuracy"])
    with page.expect_download() as by_link:
        walking.click_link(page, recipe)
    walking.click_row(page, recipe)
    name = "my-net-int8-calibration-samples-20.tflite"
    with page.expect_download() as by_button:
        walking.button(page, f"Download {name}").click()
    assert by_link.value.suggested_filename == by_button.value.suggested_filename == name
    file = by_link.value.path()
    assert file.read_bytes() == by_button.value.path().read_bytes()

    folder = server.home / walking.study_in(page.url)
    index = read_index(folder)
    assert index.dataset is not None
    assert index.dataset.scaling == "unit"
    x, y = arrays
    with np.load(folder / str(index.data_folder) / "roles.npz") as roles:
        evaluation = roles["evaluation"]
    assert len(evaluation) == len(x) / 2
    accuracy = tutorial.accuracy(file, x[evaluation] / np.float32(255), y[evaluation])
    assert shown == pytest.approx(100 * accuracy, abs=1e-6)
    assert 100 * (1 - 2 * SOME_WRONG) < shown < 100, "neither chance nor a matter of course"


@pytest.mark.slow
@pytest.mark.parametrize("form", some(["zip", "folder"], quick=["folder"]))
def test_a_saved_model_can_be_uploaded(
    page: Page, server: Server, tiny3: Any, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "exported"
    tiny3.export(folder, verbose=False)
    page.goto(server.url)
    if form == "zip":
        walking.open_model(page, zip_folder(folder, tmp_path / "exported.zip", "exported/"))
    else:
        walking.open_model(page, folder)
    expect(page.get_by_role("heading", name="exported")).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Format")).to_contain_text("SavedModel")
    stored = json.loads((server.home / walking.study_in(page.url) / "study.json").read_text())
    assert stored["model"]["summary"]["inputs"][0]["shape"] == [None, SIDE, SIDE, 3]
