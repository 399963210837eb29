"""tests in a real browser: a model that tells a class for each pixel, from file to what differs."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.serving import Server

SIDE, COUNT = 16, 60


def by_brightness(folder: Path) -> None:
    """Pixels are dark, grey or bright: a 1x1 convolution tells which, and its data."""
    import keras

    inputs = keras.Input((SIDE, SIDE, 1))
    layer = keras.layers.Conv2D(3, 1, activation="softmax")
    model = keras.Model(inputs, layer(inputs))
    # Linear in the value x: 0, 12 x − 4, 24 x − 12; the largest changes at 1/3 and 2/3.
    layer.set_weights([np.array([[[[0.0, 12.0, 24.0]]]]), np.array([0.0, -4.0, -12.0])])
    model.save(folder / "brightness.keras")
    x = np.random.default_rng(4).random((COUNT, SIDE, SIDE, 1)).astype(np.float32)
    np.savez(folder / "masks.npz", x=x, y=(x[..., 0] * 3).astype(np.uint8))


@pytest.mark.slow
def test_masks_are_judged_and_what_differs_is_shown(
    page: Page, server: Server, tmp_path: Path
) -> None:
    by_brightness(tmp_path)
    page.goto(server.url)
    walking.open_model(page, tmp_path / "brightness.keras")
    walking.give_data(page, tmp_path / "masks.npz")
    expect(page.get_by_text("Float position accuracy")).to_be_visible()
    expect(page.get_by_text("100.00 %").first).to_be_visible()
    expect(page.get_by_text("Mean IoU")).to_be_visible()
    study = walking.compare(page, "int8")
    walking.look_at_classes(page, server.url, study, "int8")
    expect(page.get_by_role("heading", name="What is taken for what")).to_be_visible()
    expect(page.get_by_text("% of the positions differ").first).to_be_visible()
    for picture in ("Labelled", "float32", "This file", "Apart"):
        expect(page.get_by_text(picture, exact=True).first).to_be_visible()
    page.get_by_role("tab", name="Predictions").click()
    expect(page.get_by_text("labelled").first).to_contain_text("class 1")
