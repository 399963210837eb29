"""tests in a real browser: the chart and the table of the Compare page choose together."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.conftest import Walk
from tests.browser.serving import Server
from tests.levels import some
from tests.variants import latency, variant
from tests.variants import study as made_by_hand
from tests.waiting import until

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


@pytest.mark.parametrize(
    ("int8", "fastest"),
    some([(0.4, "int8"), (1.6, "weight_only_int8")], quick=[(1.6, "weight_only_int8")]),
    ids=["int8 is faster", "int8 is slower"],
)
def test_the_choice_is_offered_whichever_a_cpu_makes_fastest(
    page: Page, server: Server, int8: float, fastest: str
) -> None:
    """In a study whose latencies are given: float32 takes a millisecond."""
    study = made_by_hand(
        server.home / f"{fastest}-is-fastest",
        variant("float32", size_bytes=400_000),
        variant("int8", size_bytes=100_000, latency=latency(int8, int8)),
        variant("weight_only_int8", size_bytes=110_000, latency=latency(0.8, 0.8)),
        scores=[np.ones(400, bool)] * 3,
    )
    study.close()
    page.goto(f"{server.url}/compare?study={study.index.id}")
    expect(walking.button(page, "Download tiny-int8.tflite")).to_be_visible()
    best = page.get_by_test_id("stColumn").filter(has_text="proved to hold")
    expect(best.get_by_role("heading")).to_have_text(["int8", "int8", fastest])
    expect(walking.button(page, "Download the choice")).to_be_in_viewport()
    expect(walking.button(page, "Download the most accurate")).to_be_in_viewport()
    expect(walking.button(page, "Download the fastest")).to_be_in_viewport()
    assert walking.marked(page) == []
    walking.click_row(page, "float32")
    expect(walking.button(page, "Download tiny-float32.tflite")).to_be_visible()
    expect(page).to_have_title(f"Compare · {study.index.model.summary.name} · Liteweigh")
    walking.go_to(page, "Inspect")
    expect(page.get_by_role("combobox", name="Variant")).to_have_value("float32")
    expect(page).to_have_title(f"Inspect · {study.index.model.summary.name} · Liteweigh")
    page.goto(f"{server.url}/inspect?study={study.index.id}")
    expect(page.get_by_role("combobox", name="Variant")).to_have_value("int8")


def test_the_chart_is_saved_as_a_picture_without_a_request(
    sample_page: Callable[[str], Page], sample: Walk
) -> None:
    page = sample_page("compare")
    expect(walking.points(page).first).to_be_visible()
    frame = page.frame_locator("iframe[src*='/charts/']")
    for ending, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as saved:
            frame.get_by_role("button", name=ending).click()
        content = saved.value.path().read_bytes()
        assert content.startswith(begin)
        assert saved.value.suggested_filename == (
            f"{sample.study}-change-over-size.{ending.lower()}"
        )
        if ending == "SVG":
            assert content.count(b'<path class="point') == len(walking.rows(page))


@pytest.mark.slow
def test_the_legend_and_the_address_show_the_same(sample_page: Callable[[str], Page]) -> None:
    page = sample_page("compare")

    def recipes() -> list[str]:
        return [row["Recipe"] for row in walking.rows(page)]

    all_of_them = len(recipes())
    page.get_by_role("button", name="8-bit integer").click()
    until(lambda: len(recipes()) < all_of_them, seconds=AT_ONCE)
    shown = recipes()
    until(lambda: "families=8-bit" in page.url, seconds=AT_ONCE)
    page.goto(page.url)
    until(lambda: recipes() == shown, seconds=AT_ONCE)


@pytest.mark.slow
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
