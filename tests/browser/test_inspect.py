"""tests in a real browser: the Inspect page, its graph in a frame, and answers for one sample.

That the frame asks no other machine is checked with every page, see `conftest`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.conftest import PHONE, Walk
from tests.browser.serving import Server
from tests.levels import some
from tests.pages.test_inspect_page import TABS

SCROLLS = "[document.documentElement, document.querySelector('[data-testid=stMain]')]"


def open_tab(page: Page, title: str) -> None:
    page.get_by_role("tab", name=title).click()
    walking.settle(page)


def test_the_variant_stays_chosen_from_page_to_page_and_its_graph_is_drawn_here(
    sample_page: Callable[[str], Page],
) -> None:
    page = sample_page("inspect")
    choice = page.get_by_role("combobox", name="Variant")
    choice.click()
    page.get_by_role("option", name="float16", exact=True).click()
    walking.settle(page)
    walking.go_to(page, "Compare")
    expect(walking.button(page, "Download fashion_mnist-float16.tflite")).to_be_visible()
    walking.go_to(page, "Inspect")
    expect(choice).to_have_value("float16")
    open_tab(page, "Graph")
    frame = page.frame_locator("iframe[src*=netron]")
    layer = frame.locator("svg").get_by_text("Conv2D", exact=True).first
    layer.click()
    expect(frame.get_by_role("heading", name="Node Properties")).to_be_visible()
    expect(frame.get_by_text("RELU6", exact=True)).to_be_visible()
    expect(frame.get_by_role("button", name="Accept")).to_be_hidden()
    page.reload()
    expect(choice).to_have_value("float16")
    expect(layer).to_be_visible()


def test_an_image_by_hand_is_answered_by_every_variant_and_a_bad_one_refused(
    sample_page: Callable[[str], Page], tmp_path: Path
) -> None:
    picture = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 60, 3), np.uint8)).save(picture)
    page = sample_page("inspect")
    open_tab(page, "Predictions")
    expect(page.get_by_text("Evaluation sample 0 · labelled")).to_be_visible()
    page.get_by_text("By hand", exact=True).click()
    walking.settle(page)
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("Resized from 60 × 90 to 28 × 28 pixels.")).to_be_visible()
    answers = walking.read_table(page.get_by_test_id("stDataFrame"))
    assert {"float32", "int8"} <= {row["Recipe"] for row in answers}
    picture.write_bytes(picture.read_bytes()[:70])
    walking.settle(page)
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("“photo” cannot be read as an image")).to_be_visible()


@pytest.mark.parametrize("name", some(TABS, quick=["Operators", "Graph", "Classes"]))
def test_no_part_is_wider_than_a_phone(
    phone_page: Page, server: Server, sample: Walk, name: str
) -> None:
    tab = name.replace(" ", "+")
    phone_page.goto(f"{server.url}/inspect?study={sample.study}&variant=int8&inspect.tab={tab}")
    expect(phone_page.get_by_role("tab", name=name, selected=True)).to_be_visible()
    walking.settle(phone_page)
    expect(phone_page.get_by_test_id("stException")).to_have_count(0)
    widths = phone_page.evaluate(f"{SCROLLS}.map(e => e.scrollWidth)")
    assert max(widths) <= PHONE[0]
