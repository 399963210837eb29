"""tests in a real browser: other models and data than Keras and `.npz`, up to a compared file."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.archives import zip_folder
from tests.browser import walking
from tests.browser.serving import Server
from tests.conftest import CLASSES, SIDE

COLOURS = ("0 red", "1 green", "2 blue")
METRICS = "stMetric"


@pytest.fixture(scope="module")
def pictures(
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with one folder of pictures for each class."""
    folder = tmp_path_factory.mktemp("pictures") / "colours"
    for name in COLOURS:
        (folder / name).mkdir(parents=True)
    for place, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        Image.fromarray(image).save(folder / COLOURS[label] / f"{place}.png")
    return folder


def compare(page: Page, recipe: str) -> dict[str, str]:
    """Runs one conversion from the Data page and reads its row on the Compare page."""
    walking.button(page, "Choose optimizations").click()
    walking.run(page, {recipe: {}})
    walking.button(page, "Compare results").click()
    return walking.row(page, recipe)


@pytest.mark.slow
def test_a_keras_2_h5_with_pictures_in_class_folders(
    page: Page, server: Server, tiny2: Any, pictures: Path, tmp_path: Path
) -> None:
    tiny2.save(tmp_path / "old.h5")
    page.goto(server.url)
    walking.open_model(page, tmp_path / "old.h5")
    expect(page.get_by_test_id(METRICS).filter(has_text="Format")).to_contain_text("Keras 2")
    walking.give_data(page, pictures)
    expect(page.get_by_text("red", exact=False).first).to_be_visible()
    found = compare(page, "int8")
    assert float(found["Accuracy"]) > 100 / CLASSES


@pytest.mark.slow
def test_a_saved_model_without_labels(
    page: Page, server: Server, tiny3: Any, pixels: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    tiny3.export(tmp_path / "exported", verbose=False)
    np.save(tmp_path / "pictures.npy", pixels)
    page.goto(server.url)
    walking.open_model(page, zip_folder(tmp_path / "exported", tmp_path / "exported.zip"))
    walking.give_data(page, tmp_path / "pictures.npy")
    expect(page.get_by_text("The data have no labels")).to_be_visible()
    found = compare(page, "int8")
    assert float(found["Agreement"]) > 50


@pytest.mark.slow
def test_a_table_with_a_regression_model(page: Page, server: Server, tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.random((300, 4), np.float32)
    price = x @ np.array([3, -2, 1, 5], np.float32)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(x, price, epochs=20, verbose=0)
    model.save(tmp_path / "prices.keras")
    table = pd.DataFrame(x, columns=["rooms", "age", "floor", "area"]).assign(price=price)
    table.loc[7, "age"] = None
    table.to_csv(tmp_path / "prices.csv", index=False)

    page.goto(server.url)
    walking.open_model(page, tmp_path / "prices.keras")
    walking.bring_data(page, tmp_path / "prices.csv")
    expect(page.get_by_role("heading", name="Which column is the label?")).to_be_visible()
    walking.settle(page)
    walking.button(page, "Use these data").click()
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()
    expect(page.get_by_test_id(METRICS).filter(has_text="Task")).to_contain_text("regression")
    expect(page.get_by_text("missing").first).to_be_visible()
    found = compare(page, "int8")
    assert 0 < float(found["Mean absolute error"]) < price.std()


@pytest.mark.slow
def test_a_ready_tflite(
    page: Page,
    server: Server,
    model_files: dict[str, Path],
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path: Path,
) -> None:
    np.savez(tmp_path / "pictures.npz", x=pixels, y=labels)
    page.goto(server.url)
    walking.open_model(page, model_files["tflite"])
    expect(page.get_by_text("Keras layers").first).to_be_visible()
    walking.give_data(page, tmp_path / "pictures.npz")
    found = compare(page, "int8")
    assert float(found["Accuracy"]) > 100 / CLASSES


@pytest.mark.slow
def test_a_model_without_data_is_timed_on_random_inputs(
    page: Page, server: Server, tiny3: Any, tmp_path: Path
) -> None:
    tiny3.save(tmp_path / "net.keras")
    page.goto(server.url)
    walking.open_model(page, tmp_path / "net.keras")
    walking.go_to(page, "Data")
    walking.button(page, "Go on without data").click()
    expect(page.get_by_text("The inputs are random numbers").first).to_be_visible()
    found = compare(page, "float16")
    assert float(found["Latency on random inputs"].removesuffix(" ms")) > 0
    expect(page.get_by_text("accuracy is unknown").first).to_be_visible()


@pytest.mark.slow
def test_an_input_of_open_size_is_asked_for(page: Page, server: Server, tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((None, None, 3), name="photo")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs))
    keras.Model(inputs, keras.layers.Dense(CLASSES)(x)).save(tmp_path / "any.keras")
    page.goto(server.url)
    walking.upload(page, tmp_path / "any.keras")
    expect(page.get_by_role("heading", name="Which size?")).to_be_visible()
    walking.settle(page)
    walking.button(page, "Open with this size").click()
    expect(page.get_by_text("Techniques that fit")).to_be_visible()
    expect(page.get_by_text("224 × 224 × 3").first).to_be_visible()


@pytest.mark.slow
def test_a_file_with_code_is_opened_only_when_it_is_trusted(
    page: Page, server: Server, tmp_path: Path
) -> None:
    import keras

    inputs = keras.Input((SIDE,))
    doubled = keras.layers.Lambda(lambda x: x * 2, output_shape=(SIDE,))(inputs)
    keras.Model(inputs, keras.layers.Dense(CLASSES)(doubled)).save(tmp_path / "own.keras")
    page.goto(server.url)
    walking.upload(page, tmp_path / "own.keras")
    expect(page.get_by_role("heading", name="The file holds code")).to_be_visible()
    walking.settle(page)
    expect(page.get_by_test_id("stCheckbox")).to_be_hidden()
    walking.unlock(page, server.code)
    expect(walking.button(page, "Open it")).to_be_disabled()
    page.get_by_test_id("stCheckbox").get_by_text("I trust this file").click()
    walking.button(page, "Open it").click()
    expect(page.get_by_text("Techniques that fit")).to_be_visible()


@pytest.mark.slow
def test_a_path_on_this_computer_can_be_given(
    page: Page, server: Server, tiny3: Any, tmp_path: Path
) -> None:
    tiny3.save(tmp_path / "here.keras")
    page.goto(server.url)
    page.get_by_text("A path on this computer").first.click()
    walking.unlock(page, server.code)
    page.get_by_label("Path of the model: a file or a folder").fill(str(tmp_path / "here.keras"))
    walking.button(page, "Open").click()
    expect(page.get_by_role("heading", name="here")).to_be_visible()
