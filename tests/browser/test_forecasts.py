"""tests in a real browser: a forecast, from a regression to its errors by horizon."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.serving import Server
from tests.tasks.test_forecasts import AHEAD, WINDOW, series


@pytest.mark.slow
def test_a_regression_is_called_a_forecast_and_its_errors_are_shown_by_horizon(
    page: Page, server: Server, tmp_path: Path
) -> None:
    import keras

    inputs = keras.Input((WINDOW, 2), name="window")
    outputs = keras.layers.Dense(AHEAD)(keras.layers.Flatten()(inputs))
    keras.Model(inputs, outputs).save(tmp_path / "dense.keras")
    x, y = series()
    np.savez(tmp_path / "windows.npz", x=x, y=y)
    page.goto(server.url)
    walking.open_model(page, tmp_path / "dense.keras")
    walking.give_data(page, tmp_path / "windows.npz")
    page.get_by_text("Task: regression").click()
    page.get_by_role("combobox", name="What the labels are for").click()
    page.get_by_role("option", name="forecast").click()
    walking.settle(page)
    walking.button(page, "Apply this task").click()
    expect(page.get_by_text("MASE", exact=True).first).to_be_visible()
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()
    walking.settle(page)
    study = walking.compare(page, "int8")
    walking.look_at_classes(page, server.url, study, "int8")
    expect(page.get_by_role("heading", name="Errors by horizon")).to_be_visible()
    expect(page.get_by_role("heading", name="Component by component")).to_be_visible()
    expect(page.get_by_text("whose outputs are furthest apart")).to_be_visible()
