"""tests in a real browser: a model of several heads, from the question to what a file loses."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.serving import Server
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
    study = walking.compare(page, "int8")
    walking.look_at_classes(page, server.url, study, "int8")
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
    walking.compare(page, "int8")
    expect(page.get_by_role("heading", name="Output by output")).to_be_visible()
    table = page.get_by_test_id("stDataFrame").filter(
        has=page.locator("td", has_text="Mean absolute error")
    )
    found = walking.read_table(table.first)
    assert {one["Output"] for one in found} == {"shape", "colour", "size"}
    assert {one["Recipe"] for one in found} == {"float32", "int8"}


@pytest.mark.slow
def test_of_pictures_those_are_shown_to_which_a_file_gives_another_class(
    page: Page, server: Server, tmp_path: Path
) -> None:
    """Shades of grey in 40 classes, of which 8 bits of a softmax cannot tell neighbours."""
    import keras

    classes, side, count = 40, 8, 400
    inputs = keras.Input((side, side, 1), name="picture")
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    shade = keras.layers.Dense(classes, "softmax", name="shade")
    dark = keras.layers.Dense(1, name="dark")
    model = keras.Model(inputs, [shade(mean), dark(mean)])
    middles = (np.arange(classes) + 0.5) / classes
    # −(m − c)² up to what all classes have in common: 2 m c − c², so that the nearest is largest.
    shade.set_weights([200 * 2 * middles[None], -200 * middles**2])
    dark.set_weights([-np.ones((1, 1)), np.ones(1)])
    model.save(tmp_path / "shades.keras")
    value = np.random.default_rng(6).random(count).astype(np.float32)
    x = np.broadcast_to(value[:, None, None, None], (count, side, side, 1))
    of_shade = (value * classes).astype(int)
    np.savez(tmp_path / "shades.npz", x=x, y_shade=of_shade, y_dark=1 - value)
    page.goto(server.url)
    walking.open_model(page, tmp_path / "shades.keras")
    walking.give_data(page, tmp_path / "shades.npz")
    study = walking.compare(page, "int8")
    walking.look_at_classes(page, server.url, study, "int8")
    expect(page.get_by_role("heading", name="Where it and float32 disagree")).to_be_visible()
    shown = page.get_by_alt_text(re.compile("Evaluation sample"))
    expect(shown.first).to_be_visible()
    expect(page.get_by_text("this file: ").first).to_contain_text("labelled: ")
