"""tests in a real browser: pictures of every page: python -m tests.browser.pictures FOLDER.

Each page at 1440 and 420 pixels, light and dark, whole: of the sample with the variants that it
comes with, and of a study of 46 variants whose numbers are made. Then the report, on the screen and
printed. They are for eyes; `make pictures` writes them into the folder `pictures`.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from optimizer.export.report.write import write_report
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.study import Study
from tests.browser import chromium, walking
from tests.browser.serving import Server, serve
from tests.variants import accuracy, dataset, latency, study, variant

WIDTHS, SCHEMES = (1440, 420), ("light", "dark")
PAGES = ("", "data", "optimize", "compare", "side_by_side", "inspect", "devices", "studies")
OPEN = {"devices-ssh": ("devices", "By ssh, a machine of yours"),
        "devices-chips": ("devices", "Microcontrollers, without one"),
        "compare-handover": ("compare", "To hand on"),
        "compare-kit": ("compare", "Code that runs it")}  # fmt: skip
"""What is seen after a click: the page, and what is clicked."""
MANY, COUNT = 46, 400  # variants, and evaluation samples
TALLEST = 12_000  # pixels
TALL = """() => {
    const inner = document.querySelector('[data-testid=stMainBlockContainer]');
    return Math.ceil(inner.getBoundingClientRect().height) + 80;
}"""
PATIENCE = 300_000  # milliseconds


def main() -> None:
    """Writes all pictures into a folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="pictures whose names begin so")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    found = chromium.find()
    assert found, "There is no Chromium: run `make chromium`."
    with tempfile.TemporaryDirectory() as home, serve(Path(home)) as server, sync_playwright() as p:
        browser = p.chromium.launch(executable_path=found, args=chromium.ARGUMENTS)
        many(server.home / "many").close()
        few = run_the_sample(browser, server)
        for width, scheme in product(WIDTHS, SCHEMES):
            take_all(browser, server, few, options.folder, options.only, width, scheme)
        browser.close()


def many(folder: Path) -> Study:
    """A study of 46 variants: sparsities of a sweep, and other recipes."""
    rng = np.random.default_rng(0)
    recipes = [BASELINE_TEXT, "float16", "dynamic_range", "int8", "int16x8", "qat+int8"]
    recipes += [f"prune(final_sparsity={s / 100:g})+int8" for s in range(50, 90)]
    made, scores = [], []
    for at, recipe in enumerate(recipes[:MANY]):
        size = 400_000 if at == 0 else int(rng.integers(60_000, 220_000))
        share = float(np.clip(0.9 - 0.1 * rng.random() ** 3, 0, 1))
        ratio = 1.0 if at == 0 else float(rng.lognormal(-0.5, 0.5))
        made.append(variant(recipe, size_bytes=size, gzip_bytes=int(0.8 * size),
                            metric=accuracy(share), latency=latency(ratio, ratio)))  # fmt: skip
        scores.append(rng.random(COUNT) < share)
    record = dataset(
        class_counts=(200, 150, 150), training=0, calibration=50, tuning=50, evaluation=COUNT
    )
    return study(folder, *made, scores=scores, dataset=record)


def run_the_sample(browser: Browser, server: Server) -> str:
    """The sample's study, with what is chosen for it."""
    with page_of(browser, 1440, "light") as page:
        page.goto(server.url)
        walking.button(page, "Use the sample").click()
        for step in ("Choose optimizations", "Run", "Compare results"):
            walking.button(page, step).click()
        walking.row(page, "int8")
        return walking.study_in(page.url)


@contextmanager
def page_of(browser: Browser, width: int, scheme: str) -> Iterator[Page]:
    """An empty page of this width, in this theme."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def take_all(
    browser: Browser, server: Server, few: str, folder: Path, only: str, width: int, scheme: str
) -> None:
    """All pictures of one width and theme."""
    wanted = {
        **{f"{name or 'model'}-6": (f"{name}?study={few}", "") for name in PAGES},
        **{name: (f"{page}?study={few}", click) for name, (page, click) in OPEN.items()},
        **{f"{name}-{MANY}": (f"{name}?study=many", "") for name in ("optimize", "compare")},
    }
    for name, (address, click) in wanted.items():
        if not name.startswith(only):
            continue
        with page_of(browser, width, scheme) as page:
            page.goto(f"{server.url}/{address}")
            walking.settle(page)
            if click:
                page.get_by_text(click, exact=True).first.click()
                walking.settle(page)
            height = min(TALLEST, max(900, page.evaluate(TALL)))
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(1500)  # charts are drawn anew in their new place
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
    if "report".startswith(only):
        take_report(browser, server, few, folder, width, scheme)


def take_report(
    browser: Browser, server: Server, few: str, folder: Path, width: int, scheme: str
) -> None:
    """The report, and once as it is printed."""
    with tempfile.TemporaryDirectory() as place:  # the server has the study open
        kept = Study(Path(shutil.copytree(server.home / few, Path(place) / few)))
        file = write_report(kept, folder / "report.html")
        kept.close()
    with page_of(browser, width, scheme) as page:
        page.goto(file.resolve().as_uri())
        page.wait_for_selector("#trade-off .scatterlayer .point")
        page.screenshot(path=folder / f"report-{width}-{scheme}.png", full_page=True)
        if (width, scheme) == (WIDTHS[0], SCHEMES[0]):
            page.pdf(path=folder / "report.pdf", format="A4", print_background=True)


if __name__ == "__main__":
    main()
