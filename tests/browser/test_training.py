"""tests in a real browser: a recipe that trains is composed, run, watched and cancelled."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from optimizer.recipes import parse
from optimizer.store.study import read_index
from optimizer.store.training_folders import training_folders
from tests.browser import walking
from tests.browser.conftest import PHONE
from tests.browser.serving import Server
from tests.browser.test_narrow import SCROLLS
from tests.waiting import until

SHORT = str(parse("prune(final_sparsity=0.8,epochs=1)+int8"))
LONG = str(parse("qat(epochs=200)+int8"))
A_SECOND = 30  # in which what a cancelled job left must be gone, and time for a busy browser


@pytest.fixture(scope="module")
def study(browser: Browser, server: Server) -> str:
    """A study of the sample, of which nothing was made yet."""
    page = browser.new_page()
    page.goto(server.url)
    walking.button(page, "Use the sample").click()
    expect(walking.button(page, "Choose optimizations")).to_be_visible()
    name = walking.study_in(page.url)
    page.close()
    return name


def compose(page: Page, start: str, stage: str, epochs: int, recipe: str) -> None:
    """Begins with a ready-made recipe, sets the epochs of a stage, and waits for the text form."""
    page.get_by_role("radio", name="Train, then quantize").click()
    walking.button(page, start).click()
    code = page.get_by_test_id("stCode")
    # Streamlit takes values that are sent before it has drawn the answer for newer than the answer.
    begun = re.sub(r",?epochs=\d+", "", recipe).replace("()", "")
    expect(code.get_by_text(begun, exact=True)).to_be_visible()
    field = page.locator(f".st-key-optimize-recipe-{stage}-epochs input")
    field.fill(str(epochs))
    field.press("Tab")
    expect(code.get_by_text(recipe, exact=True)).to_be_visible()


def live_curve(job: Locator) -> Locator:
    return job.get_by_test_id("stVegaLiteChart")


@pytest.mark.slow
def test_a_recipe_is_composed_run_and_watched(page: Page, server: Server, study: str) -> None:
    page.goto(f"{server.url}/optimize?study={study}")
    compose(page, "Prune 80 %", "prune", 1, SHORT)
    expect(page.get_by_text("on this machine")).to_be_visible()
    walking.button(page, "Run this recipe").click()
    job = walking.job(page, SHORT)
    expect(live_curve(job)).to_be_visible()
    expect(job).to_contain_text("Sparsity (%)")
    expect(job).to_contain_text("done in")
    expect(live_curve(job)).to_have_count(0)
    job.get_by_text("How training went").click()
    expect(job.locator(".js-plotly-plot")).to_be_visible()
    expect(job).to_contain_text("1 epoch in")


@pytest.mark.slow
def test_a_training_that_is_cancelled_leaves_nothing(
    page: Page, server: Server, study: str
) -> None:
    page.goto(f"{server.url}/optimize?study={study}")
    compose(page, "QAT", "qat", 200, LONG)
    walking.button(page, "Run this recipe").click()
    job = walking.job(page, LONG)
    expect(live_curve(job)).to_be_visible()
    assert _places(server.home, study, LONG)
    walking.button(job, "Cancel").click()
    expect(job).to_contain_text("cancelled")
    until(lambda: not _places(server.home, study, LONG), seconds=A_SECOND)


@pytest.mark.slow
def test_the_composer_is_no_wider_than_a_phone(
    phone_page: Page, server: Server, study: str
) -> None:
    phone_page.goto(f"{server.url}/optimize?study={study}")
    compose(phone_page, "Prune + cluster + QAT", "qat", 2, "prune+cluster+qat(epochs=2)+int8")
    walking.settle(phone_page)
    assert max(phone_page.evaluate(f"{SCROLLS}.map(e => e.scrollWidth)")) <= PHONE[0]


def _places(home: Path, study: str, recipe: str) -> list[Path]:
    """Where something of the recipe's training lies: in the study, with a job, or in a worker."""
    index = read_index(home / study)
    assert index.dataset is not None
    [kept] = training_folders(parse(recipe), index.model, index.dataset, home / study)
    return [*home.glob(f"**/training/{kept.name}")]
