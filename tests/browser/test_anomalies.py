"""tests in a real browser: an autoencoder, from file to the pictures that a variant gets wrong."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests import autoencoders
from tests.browser import walking
from tests.browser.serving import Server


@pytest.mark.slow
def test_anomalies_are_found_by_their_error_and_what_is_wrong_is_shown(
    page: Page, server: Server, tmp_path: Path
) -> None:
    autoencoders.blur(tmp_path / "blur.keras")
    x, y = autoencoders.pictures()
    np.savez(tmp_path / "scratches.npz", x=x, y=y)
    page.goto(server.url)
    walking.open_model(page, tmp_path / "blur.keras")
    walking.give_data(page, tmp_path / "scratches.npz")
    expect(page.get_by_text("Float AUC")).to_be_visible()
    expect(page.get_by_text("gives back what it takes").first).to_be_visible()
    study = walking.compare(page, "int8")
    walking.look_at_classes(page, server.url, study, "int8")
    expect(page.get_by_role("heading", name="How badly samples are rebuilt")).to_be_visible()
    expect(page.get_by_role("heading", name="What it gets wrong")).to_be_visible()
    for picture in ("Given", "float32", "This file", "This file is off"):
        expect(page.get_by_text(picture, exact=True).first).to_be_visible()
    page.get_by_role("tab", name="Predictions").click()
    expect(page.get_by_text("labelled").first).to_be_visible()
