"""tests in a real browser: the chart and the table of the Compare page choose together."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.waiting import until

AT_ONCE = 20  # seconds; a browser on a busy machine


def offered(page: Page, recipe: str) -> None:
    """Waits until the page is at this variant, then chart and table must both show it."""
    expect(walking.button(page, f"Download fashion_mnist-{recipe}.tflite")).to_be_visible()
    until(lambda: walking.marked(page) == [recipe], seconds=AT_ONCE)
    until(lambda: walking.highlighted(page) == [recipe], seconds=AT_ONCE)


def test_choosing_a_row_highlights_its_point_and_the_other_way_round(
    sample_page: Callable[[str], Page],
) -> None:
    page = sample_page("compare")
    walking.click_row(page, "int8")
    offered(page, "int8")
    walking.click_point(page, "float16")
    offered(page, "float16")
    walking.click_row(page, "float32")
    offered(page, "float32")
    walking.click_point(page, "float16")
    offered(page, "float16")


def test_the_choice_is_still_there_after_a_visit_to_another_page(
    sample_page: Callable[[str], Page],
) -> None:
    page = sample_page("compare")
    walking.click_point(page, "float16")
    offered(page, "float16")
    walking.go_to(page, "Optimize")
    expect(walking.button(page, "Run")).to_be_visible()
    walking.go_to(page, "Compare")
    offered(page, "float16")
