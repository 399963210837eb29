"""tests/browser: from the first page to a downloaded file, as a newcomer goes."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from playwright.sync_api import Browser, Locator, Page, expect

from optimizer.recipes import STANDARD
from tests.browser.conftest import Server

pytestmark = pytest.mark.timeout(400)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=False)


def study_folder(page: Page, server: Server) -> Path:
    return server.home / str(parse_qs(urlparse(page.url).query)["study"][0])


def index(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "study.json").read_text())
    return read


def untick_all_but(page: Page, *labels: str) -> None:
    for label in ("Float16", "Dynamic range", "Weight-only int8", "Int8", "Int16x8"):
        if label not in labels:
            page.get_by_text(label, exact=True).click()


def accuracy_one_by_one(content: bytes, x: np.ndarray, y: np.ndarray) -> float:
    """What any other program would measure: batch 1, one interpreter."""
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    right = 0
    for sample, label in zip(x, y, strict=True):
        interpreter.set_tensor(source, sample[None])
        interpreter.invoke()
        right += int(interpreter.get_tensor(target)[0].argmax() == label)
    return right / len(y)


def test_from_the_first_page_to_the_sample_as_int8_in_five_clicks(
    page: Page, server: Server
) -> None:
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.goto(server.url)

    button(page, "Use the sample").click()
    button(page, "Choose optimizations").click()
    button(page, "Run").click()
    button(page, "Compare results").click()
    expect(page.get_by_text("Fastest without a visible loss")).to_be_visible()
    with page.expect_download() as download:
        button(page, "Download fashion_mnist-int8.tflite").click()

    assert download.value.suggested_filename == "fashion_mnist-int8.tflite"
    variants = {v["recipe"]: v for v in index(study_folder(page, server))["variants"]}
    content = download.value.path().read_bytes()
    assert hashlib.sha256(content).hexdigest() == variants["int8"]["sha256"]
    assert set(variants) == {"float32", *map(str, STANDARD)}
    assert hosts <= {"localhost", None}, "the browser asked for something from elsewhere"
    maps = Path(f"/proc/{server.pid}/maps").read_text()
    assert "tensorflow" not in maps, "TensorFlow was loaded into the server"


def test_own_model_and_data_to_a_file_whose_accuracy_is_the_one_shown(
    page: Page, server: Server, tmp_path: Path
) -> None:
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 600)
    x = (rng.normal(size=(600, 8, 8, 1)) + y[:, None, None, None]).astype(np.float32)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x, y, epochs=3, verbose=0)
    model.save(tmp_path / "mine.keras")
    np.savez(tmp_path / "mine.npz", x=x, y=y)

    page.goto(server.url)
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.keras")
    page.get_by_role("link", name="Next: give it data").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.npz")
    button(page, "Choose optimizations").click()
    untick_all_but(page, "Int8")
    button(page, "Run").click()
    button(page, "Compare results").click()
    expect(page.get_by_text("Measure by measure")).to_be_visible()
    folder = study_folder(page, server)
    response = page.request.get(f"{server.url}/files/{folder.name}/int8")
    assert response.headers["content-disposition"].endswith('filename="mine-int8.tflite"')

    stored = index(folder)
    with np.load(folder / str(stored["data_folder"]) / "roles.npz") as roles:
        evaluation = roles["evaluation"]
    measured = accuracy_one_by_one(response.body(), x[evaluation], y[evaluation])
    shown = page.get_by_text(re.compile(r"^\d+\.\d\d %$")).all_text_contents()
    assert f"{measured * 100:.2f} %" in shown


def test_a_reload_and_a_second_browser_show_the_same_jobs(
    page: Page, server: Server, browser: Browser
) -> None:
    page.goto(server.url)
    button(page, "Use the sample").click()
    button(page, "Choose optimizations").click()
    untick_all_but(page, "Float16", "Int8")
    button(page, "Run").click()
    expect(page.get_by_text("running or waiting")).to_be_visible()
    address = page.url
    page.reload()
    expect(page.get_by_text("float16", exact=True)).to_be_visible()

    other = browser.new_context().new_page()
    other.set_default_timeout(120_000)
    other.goto(address)
    page.close()
    button(other, "Compare results").click()
    expect(other.get_by_text("Measure by measure")).to_be_visible()
    assert parse_qs(urlparse(other.url).query) == parse_qs(urlparse(address).query)
    other.context.close()
