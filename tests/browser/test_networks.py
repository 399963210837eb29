"""tests in a real browser: networks of many tasks go from their file to compared variants by page.

The same networks as in `tests/networks`, which take the terminal.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.forms.head_form import LAYOUTS
from optimizer.data.boxes.head import parse_head
from optimizer.data.labels import Task
from tests.browser import walking
from tests.browser.serving import Server
from tests.networks import detectors, pictures, rows  # noqa: F401 (networks register themselves)
from tests.networks.network import NETWORKS, Network
from tests.networks.test_networks import TOLERANCE
from tests.networks.walk import compared


def pick(page: Page | Locator, label: str, option: str) -> None:
    """Chooses an option of a select box."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.page.get_by_role("option", name=option).first.click()


def judged(page: Page) -> Locator:
    """What is there once the data are judged."""
    return page.get_by_role("heading", name="Roles")


def say(page: Page, options: dict[str, str]) -> None:
    """Says on the Data page what the terminal's user says by options, where it is not found so."""
    meaning = page.get_by_role("heading", name="What are the labels for?")
    boxes = page.get_by_role("heading", name="How are boxes read?")
    expect(judged(page).or_(meaning).or_(boxes)).to_be_visible()
    walking.settle(page)
    if meaning.is_visible():
        words = options.get("--output") or options["--task"]
        page.get_by_test_id("stRadio").get_by_text(words).first.click()
        walking.settle(page)
        walking.button(page, "Use them so").click()
    elif boxes.is_visible():
        layout, _ = parse_head(options["--head"])
        assert layout
        pick(page, "What the outputs are", LAYOUTS[layout])
        walking.settle(page)
        walking.button(page, "Read boxes so").click()
    expect(judged(page)).to_be_visible()
    if "--task" in options:
        _choose_task(page, Task(options["--task"]), options.get("--season"))
    if "--output" in options:
        _choose_headline(page, options["--output"])
    if "--scaling" in options:
        _choose_scaling(page, options["--scaling"])


def _task(page: Page) -> Locator:
    """What stands behind the line that names the task, opened."""
    shown = page.get_by_test_id("stExpander").filter(has_text="Task: ")
    if not shown.get_by_role("combobox").first.is_visible():
        shown.get_by_text("Task: ").click()
    return shown


def _choose_task(page: Page, task: Task, season: str | None) -> None:
    shown = _task(page)
    if f"Task: {task.value}" not in (shown.text_content() or ""):
        pick(shown, "What the labels are for", task.value)
        _apply(page, "task")
    if season:
        number = _task(page).locator("input[type=number]")
        number.fill(season)
        number.press("Enter")
        _apply(page, "season")


def _choose_headline(page: Page, output: str) -> None:
    label = "Headline: the output"
    box = _task(page).get_by_role("combobox", name=label)
    if box.count() and box.input_value() != output:
        pick(_task(page), label, output)
        _apply(page, "task")


def _choose_scaling(page: Page, name: str) -> None:
    label = "Values in the file run from"
    box = page.get_by_role("combobox", name=label)
    if box.count() and not box.input_value().startswith(f"{name}:"):
        pick(page, label, f"{name}:")
        _apply(page, "scaling")


def _apply(page: Page, what: str) -> None:
    """Has the data judged as was just chosen, and waits for it."""
    button = walking.button(page, f"Apply this {what}")
    button.click()
    expect(button).to_be_hidden()
    expect(judged(page)).to_be_visible()
    walking.settle(page)


def everything(page: Page, folder: Path) -> dict[str, Any]:
    """The `results.json` of all that the Compare page gives as one zip."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all as a zip").click()
    download.value.save_as(folder / "all.zip")
    with zipfile.ZipFile(folder / "all.zip") as archive:
        content: dict[str, Any] = json.loads(archive.read("results.json"))
    return content


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_compared_by_page(
    name: str, page: Page, server: Server, tmp_path: Path
) -> None:
    one: Network = NETWORKS[name]()
    model, data = one.save(tmp_path)
    told = dict(zip(one.options, (*one.options[1:], ""), strict=False))
    options = {key: value for key, value in told.items() if key.startswith("--")}
    page.goto(server.url)
    walking.open_model(page, model)
    if "--unroll" in options:
        walking.button(page, "Open it with unrolled layers").click()
        expect(walking.button(page, "Open it with unrolled layers")).to_be_hidden()
    walking.bring_data(page, data)
    say(page, options)
    study = walking.compare(page, *one.recipes)
    shown = {recipe: walking.row(page, recipe) for recipe in ("float32", *one.recipes)}
    content = everything(page, tmp_path)
    found = list(compared(one, server.home / study, content))
    assert {row.recipe for row in found} >= set(one.recipes)
    for row in found:
        assert row.metric == one.metric
        assert row.told == pytest.approx(row.by_hand, rel=TOLERANCE, abs=TOLERANCE), row
    assert set(shown) >= {row.recipe for row in found}
    assert one.least <= found[0].told <= one.most, "the float model does its task"
