"""tests in a real browser: a detector, from file to the boxes that a variant loses."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.serving import Server
from tests.detector import save_detector, scenes


@pytest.mark.slow
def test_boxes_are_judged_and_shown_side_by_side(
    page: Page, server: Server, tmp_path: Path
) -> None:
    save_detector(tmp_path / "detector.keras")
    np.savez(tmp_path / "scenes.npz", **scenes(200, 3))
    page.goto(server.url)
    walking.open_model(page, tmp_path / "detector.keras")
    walking.give_data(page, tmp_path / "scenes.npz")
    expect(page.get_by_text("Float mAP 0.5:0.95")).to_be_visible()
    expect(page.get_by_text("Boxes are read as yolo(").first).to_be_visible()
    page.get_by_text("How boxes are read").click()
    expect(page.get_by_text("Overlap from which the better of two stays")).to_be_visible()
    study = walking.compare(page, "int8")
    walking.look_at_classes(page, server.url, study, "int8")
    expect(page.get_by_role("heading", name="Class by class")).to_be_visible()
    expect(page.get_by_text("one of them finds boxes that the other does not")).to_be_visible()
    for picture in ("Labelled", "float32", "This file"):
        expect(page.get_by_text(picture, exact=True).first).to_be_visible()
    page.get_by_role("tab", name="Predictions").click()
    expect(page.get_by_text("Boxes with a score from 0.25.")).to_be_visible()
    expect(page.get_by_text("Labelled", exact=True).first).to_be_visible()
