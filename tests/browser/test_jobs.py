"""tests in a real browser: jobs that are watched, cancelled, left alone, or that fail."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from playwright.sync_api import Page, expect

from optimizer.store.records import Status
from optimizer.store.study import read_index
from tests import sine
from tests.browser import walking
from tests.browser.conftest import Walk
from tests.browser.serving import Server
from tests.conftest import CLASSES, SIDE
from tests.waiting import until

SLOW, FAST = "int16x8(calibration_samples={})", "int8(calibration_samples={})"
A_SECOND = 30  # in which a cancelled process must be gone: one, and time for a busy browser


def workers(server: Server) -> set[int]:
    """The worker processes at the moment."""
    children = psutil.Process(server.pid).children()
    return {child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}


def start(page: Page, samples: int) -> tuple[str, str]:
    """Starts a slow and a fast job of which nobody has the results yet; waits until both run."""
    walking.run(
        page,
        {"int16x8": {"calibration_samples": samples}, "int8": {"calibration_samples": samples}},
    )
    slow, fast = SLOW.format(samples), FAST.format(samples)
    for recipe in (slow, fast):
        expect(walking.job(page, recipe).get_by_role("progressbar")).to_be_visible()
    return slow, fast


def test_a_cancelled_job_ends_at_once_and_the_other_goes_on(
    sample_page: Callable[[str], Page], server: Server
) -> None:
    page = sample_page("optimize")
    slow, fast = start(page, 201)
    before = workers(server)
    walking.button(walking.job(page, slow), "Cancel").click()
    until(lambda: len(before - workers(server)) == 1, seconds=A_SECOND)
    expect(walking.job(page, slow)).to_contain_text("cancelled")
    expect(walking.job(page, fast)).to_contain_text("done")
    expect(walking.button(page, "Compare results")).to_be_visible()


@pytest.mark.slow
def test_cancel_all_ends_everything(
    sample_page: Callable[[str], Page], server: Server, sample: Walk
) -> None:
    page = sample_page("optimize")
    both = [SLOW.format(202), SLOW.format(212)]  # none may be done before all are cancelled
    for samples, recipe in zip((202, 212), both, strict=True):
        walking.run(page, {"int16x8": {"calibration_samples": samples}})
        expect(walking.job(page, recipe).get_by_role("progressbar")).to_be_visible()
    before = workers(server)
    walking.button(page, "Cancel all").click()
    until(lambda: len(before - workers(server)) == 2, seconds=A_SECOND)
    for recipe in both:
        expect(walking.job(page, recipe)).to_contain_text("cancelled")
    jobs = {job.recipe: job.status for job in read_index(server.home / sample.study).jobs}
    assert {jobs[recipe] for recipe in both} == {Status.CANCELLED}


@pytest.mark.slow
def test_a_reload_another_browser_and_a_closed_one_change_nothing(
    sample_page: Callable[[str], Page], second_page: Page
) -> None:
    page = sample_page("optimize")
    slow, fast = start(page, 203)
    page.reload()
    expect(walking.job(page, slow).get_by_role("progressbar")).to_be_visible()
    second_page.goto(page.url)
    expect(walking.job(second_page, slow).get_by_role("progressbar")).to_be_visible()
    expect(walking.job(second_page, fast)).to_be_visible()
    page.context.close()
    walking.button(walking.job(second_page, slow), "Cancel").click()  # saves half a minute
    walking.go_to(second_page, "Compare")
    assert walking.row(second_page, fast)["Accuracy"]
    walking.go_to(second_page, "Optimize")
    expect(walking.job(second_page, fast)).to_contain_text("done")


@pytest.mark.slow
def test_a_failed_job_says_why_and_the_good_one_beside_it_is_done(
    page: Page, server: Server, pixels: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    sine.build(SIDE, CLASSES).save(tmp_path / "sine.keras")
    np.savez(tmp_path / "data.npz", x=pixels, y=np.arange(len(pixels)) % CLASSES)
    page.goto(server.url)
    walking.open_model(page, tmp_path / "sine.keras")
    walking.give_data(page, tmp_path / "data.npz")
    walking.button(page, "Choose optimizations").click()
    walking.run(page, {"float16": {}, "int8": {"quantizer": "TensorFlow converter"}})

    failed = walking.job(page, "int8(quantizer=converter)")
    sentence = failed.get_by_text("These operators have no integer form here: SIN.")
    expect(sentence.first).to_be_visible()
    expect(failed).to_contain_text("failed")
    expect(walking.job(page, "float16")).to_contain_text("done")
    log = failed.get_by_text("Traceback (most recent call last)")
    expect(log).to_be_hidden()
    failed.get_by_text("Full log").click()
    expect(log).to_be_visible()

    walking.button(page, "Compare results").click()
    assert [found["Recipe"] for found in walking.rows(page)] == ["float32", "float16"]
