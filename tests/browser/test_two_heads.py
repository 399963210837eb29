"""tests in a real browser: a model of several heads, from the question to what a file loses."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.conftest import Server
from tests.two_heads import samples, sizes, two_heads


@pytest.mark.slow
def test_the_head_is_asked_for_and_what_a_file_gets_wrong_is_shown(
    page: Page, server: Server, tmp_path: Path
) -> None:
    two_heads(tmp_path / "heads.keras")
    x, _, colour = samples(2000)
    np.savez(tmp_path / "plain.npz", x=x, y=colour)
    page.goto(server.url)
    walking.open_model(page, tmp_path / "heads.keras")
    walking.bring_data(page, tmp_path / "plain.npz")
    expect(page.get_by_text("What are the labels for?")).to_be_visible()
    page.get_by_text("one of 3 classes (output “colour”)").click()
    walking.settle(page)
    walking.button(page, "Use them so").click()
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()
    expect(page.get_by_text("Float accuracy")).to_be_visible()
    walking.button(page, "Choose optimizations").click()
    walking.run(page, {"int8": {}})
    walking.button(page, "Compare results").click()
    walking.row(page, "int8")
    study = walking.study_in(page.url)
    page.goto(f"{server.url}/inspect?study={study}&variant=int8&inspect.tab=Classes")
    for heading in ("Class by class", "Where it and float32 disagree"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_text("They give different classes for")).to_be_visible()


@pytest.mark.slow
def test_each_head_with_labels_is_compared(page: Page, server: Server, tmp_path: Path) -> None:
    two_heads(tmp_path / "heads.keras")
    x, shape, colour = samples()
    np.savez(tmp_path / "all.npz", x=x, y_shape=shape, y_colour=colour, y_size=sizes(x))
    page.goto(server.url)
    walking.open_model(page, tmp_path / "heads.keras")
    walking.give_data(page, tmp_path / "all.npz")
    walking.button(page, "Choose optimizations").click()
    walking.run(page, {"int8": {}})
    walking.button(page, "Compare results").click()
    walking.row(page, "int8")
    expect(page.get_by_role("heading", name="Output by output")).to_be_visible()
    table = page.get_by_test_id("stDataFrame").filter(
        has=page.locator("td", has_text="Mean absolute error")
    )
    found = walking.read_table(table.first)
    assert {one["Output"] for one in found} == {"shape", "colour", "size"}
    assert {one["Recipe"] for one in found} == {"float32", "int8"}
