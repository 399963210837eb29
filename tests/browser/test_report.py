"""tests in a real browser: a report opens by itself, without a server, and prints."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from optimizer.export.report.write import write_report
from optimizer.store.study import Study
from tests.store.golden import copy_of

HOSTILE = '</script><img src="http://localhost:9/x" onerror="window.hit=1">'


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a study whose names are hostile."""
    home = tmp_path_factory.mktemp("report")
    study = Study(copy_of(1, home))
    data = study.index.dataset
    assert data is not None
    data = replace(data, name=HOSTILE, class_names=(HOSTILE, "b"))
    study.update(lambda now: now.model_copy(update={"dataset": data}))
    return write_report(study, home / "report.html")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(420, "dark"), pytest.param(1440, "light", marks=pytest.mark.slow)],
)
def test_it_opens_from_the_disk_and_asks_nobody(
    browser: Browser, file: Path, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("#trade-off .scatterlayer .point")
    assert page.locator("#trade-off .scatterlayer .point").count() == 4
    assert asked == [file.as_uri()]
    assert said == [], "its programs run, and its own policy refuses nothing of it"
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    page.locator("#trade-off .nsewdrag").hover()
    point = page.locator("#trade-off .scatterlayer .point").first
    box = point.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#trade-off .hoverlayer .hovertext")
    assert page.pdf().count(b"/Type /Page\n") >= 2
    context.close()
