"""tests in a real browser: the pages on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.conftest import PHONE, Walk
from tests.browser.serving import Server
from tests.levels import some

SCROLLS = "[document.documentElement, document.querySelector('[data-testid=stMain]')]"


@pytest.mark.parametrize(
    "name",
    some(
        ["", "data", "optimize", "compare", "side_by_side", "devices", "studies"],
        quick=["optimize", "compare"],
    ),
    ids=lambda n: n or "model",
)
@pytest.mark.parametrize("filled", some([False, True], quick=[True]), ids=["empty", "with results"])
def test_no_page_is_wider_than_a_phone(
    phone_page: Page, server: Server, sample: Walk, name: str, filled: bool
) -> None:
    query = f"?study={sample.study}" if filled else ""
    phone_page.goto(f"{server.url}/{name}{query}")
    expect(phone_page.get_by_role("heading", level=1)).to_be_visible()
    walking.settle(phone_page)
    if filled and name == "compare":
        expect(phone_page.locator(".js-plotly-plot").nth(4)).to_be_visible()
    widths = phone_page.evaluate(f"{SCROLLS}.map(e => e.scrollWidth)")
    assert max(widths) <= PHONE[0]


def test_on_a_phone_variants_are_cards_and_lead_to_what_is_known_of_each(
    phone_page: Page, server: Server, sample: Walk
) -> None:
    phone_page.goto(f"{server.url}/compare?study={sample.study}")
    cards = phone_page.locator(".variant-card")
    expect(cards.first).to_be_visible()
    expect(phone_page.locator(".st-key-compare-table")).to_be_hidden()
    card = cards.filter(has_text="float16")
    expect(card.get_by_role("link", name="Download")).to_have_attribute(
        "href", re.compile("/files/")
    )
    card.get_by_role("link", name="More of it").click()
    expect(walking.button(phone_page, "Download fashion_mnist-float16.tflite")).to_be_visible()
