"""tests in a real browser: the pages on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.conftest import PHONE, Server, Walk
from tests.levels import some

SCROLLS = "[document.documentElement, document.querySelector('[data-testid=stMain]')]"


@pytest.mark.parametrize("name", ["", "data", "optimize", "compare"], ids=lambda n: n or "model")
@pytest.mark.parametrize("filled", some([False, True], quick=[True]), ids=["empty", "with results"])
def test_no_page_is_wider_than_a_phone(
    phone_page: Page, server: Server, sample: Walk, name: str, filled: bool
) -> None:
    query = f"?study={sample.study}" if filled else ""
    phone_page.goto(f"{server.url}/{name}{query}")
    expect(phone_page.get_by_role("heading", level=1)).to_be_visible()
    walking.settle(phone_page)
    if filled and name == "compare":
        expect(phone_page.locator(".js-plotly-plot")).to_have_count(5)
    widths = phone_page.evaluate(f"{SCROLLS}.map(e => e.scrollWidth)")
    assert max(widths) <= PHONE[0]
