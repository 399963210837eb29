"""tests in a real browser: what a user does on the pages, and reads there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect
from playwright.sync_api import TimeoutError as NothingHappenedError

from optimizer.recipes import BASELINE_TEXT
from optimizer.techniques.registry import conversions

ROW_HEIGHT = 35  # pixels; the table is drawn on a canvas, so rows are found by their place
CHECKBOX, LINK = 18, 60  # pixels from the left edge of the table
UPLOADS = "/_stcore/upload_file/"
A_WHILE = 30_000  # milliseconds in which an upload begins
A_MOMENT, TRIES = 3_000, 10  # milliseconds in which a list opens, and how often it is tried
KEYED = "st-key-optimize-"  # Streamlit makes a class of each widget's key
CELLS = "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
CLICKS = "sessionStorage.clicks = 1 + Number(sessionStorage.clicks || 0)"


def study_in(address: str) -> str:
    """The study that a page's address names."""
    return parse_qs(urlsplit(address).query)["study"][0]


def count_clicks(context: BrowserContext) -> None:
    """From now on, counts what the user clicks in this browser."""
    context.add_init_script(f"addEventListener('pointerdown', () => {{ {CLICKS} }}, true)")


def clicks(page: Page) -> int:
    """How often the user has clicked."""
    return int(page.evaluate("sessionStorage.clicks"))


def button(page: Page | Locator, name: str) -> Locator:
    """A button by its label; in Streamlit 1.65, for Python 3.10, its icon's name is before that."""
    label = re.compile(rf"^([a-z_]+ ?)?{re.escape(name)}$")
    return page.get_by_role("button", name=label)


def settle(page: Page) -> None:
    """Waits until the page is complete."""
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


def upload(page: Page, path: Path) -> None:
    """Chooses a file, or a folder, in the page's first uploader, once the page is complete.

    Streamlit forgets a file that is chosen while the page is still being drawn, and now and then
    draws a page once more that was complete: then the file is chosen again, as a user would.
    """
    settle(page)
    if path.is_dir():
        page.get_by_text("A folder", exact=True).first.click()
        expect(page.locator("input[type=file][webkitdirectory]").first).to_be_attached()
    try:
        with page.expect_request(lambda asked: UPLOADS in asked.url, timeout=A_WHILE):
            page.locator("input[type=file]").first.set_input_files(path)
    except NothingHappenedError:
        settle(page)
        page.locator("input[type=file]").first.set_input_files(path)


def unlock(page: Page, code: str) -> None:
    """Gives the code that the terminal shows, where the page asks for it."""
    page.get_by_label("Code", exact=True).fill(code)
    button(page, "Unlock").click()
    expect(button(page, "Unlock")).to_be_hidden()


def open_model(page: Page, file: Path) -> None:
    """Uploads a model on the first page and waits until it is open."""
    upload(page, file)
    expect(page.get_by_text("Techniques that fit")).to_be_visible()


def give_data(page: Page, path: Path) -> None:
    """Goes to the Data page, uploads data there, and waits until they are judged."""
    bring_data(page, path)
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()


def bring_data(page: Page, path: Path) -> None:
    """Goes to the Data page and uploads a file or a folder there."""
    go_to(page, "Data")
    expect(page.get_by_role("heading", name="Your data")).to_be_visible()
    upload(page, path)


def go_to(page: Page, title: str) -> None:
    """Goes to another page by the sidebar."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()


def run(page: Page, chosen: Mapping[str, Mapping[str, int | str]]) -> None:
    """Ticks exactly the chosen techniques, sets numbers and choices of theirs, and runs them."""
    expect(button(page, "Run")).to_be_visible()
    settle(page)
    for name in {kind.name for kind in conversions()} - {BASELINE_TEXT}:
        box = page.locator(f".{KEYED}{name}").get_by_test_id("stCheckbox")
        expect(box).to_be_visible()
        if box.locator("input").is_checked() != (name in chosen):
            box.locator("label").click()
    for name, numbers in chosen.items():
        for parameter, value in numbers.items():
            field = page.locator(f".{KEYED}{name}-{parameter} input")
            if not field.is_visible():
                form = page.locator(f".{KEYED}{name}").locator("xpath=../..")
                form.get_by_text("Advanced").click()
            if isinstance(value, str):
                take(page, field, value)
            else:
                field.fill(str(value))
                field.press("Tab")
    button(page, "Run").click()


def take(page: Page, box: Locator, option: str) -> None:
    """Takes an option of a box that opens; while the form still moves a click may be lost."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(TRIES):
        box.click()
        try:
            wanted.click(timeout=A_MOMENT)
        except NothingHappenedError:
            continue
        return
    raise AssertionError(f"there is no option {option}")


def compare(page: Page, *recipes: str) -> str:
    """Goes on from judged data: runs conversions, waits for their rows, returns the study's id."""
    button(page, "Choose optimizations").click()
    run(page, {recipe: {} for recipe in recipes})
    button(page, "Compare results").click()
    for recipe in recipes:
        row(page, recipe)
    return study_in(page.url)


def look_at_classes(page: Page, server: str, study: str, recipe: str) -> None:
    """Opens what Inspect says of a variant class by class, by its address."""
    page.goto(f"{server}/inspect?study={study}&variant={recipe}&inspect.tab=Classes")


def job(page: Page, recipe: str) -> Locator:
    """The card of the job that runs a recipe; of two, while Streamlit moves it, the new one."""
    cards = page.locator("[class*=st-key-job-]")
    return cards.filter(has=page.get_by_text(recipe, exact=True)).first


def _frame(page: Page) -> Locator:
    """The table of the Compare page."""
    return page.locator(".st-key-compare-table").get_by_test_id("stDataFrame")


def _table(page: Page) -> FloatRect:
    """Where the table is, once it is drawn and on the screen."""
    settle(page)
    frame = _frame(page)
    frame.scroll_into_view_if_needed()
    box = frame.locator("canvas").first.bounding_box()
    assert box is not None
    return box


def rows(page: Page) -> list[dict[str, str]]:
    """The table of the Compare page."""
    return read_table(_frame(page))


def read_table(frame: Locator) -> list[dict[str, str]]:
    """A table, by the titles of its columns: Streamlit puts it into the canvas as HTML too."""
    table = frame.locator("table")
    expect(table.locator("tbody td").first).to_be_attached()
    titles, *found = table.evaluate(CELLS)  # in one go: it may be drawn anew at any moment
    return [dict(zip(titles, cells, strict=True)) for cells in found]


def row(page: Page, recipe: str) -> dict[str, str]:
    """One row of the table; waits for it."""
    name = re.compile(f"^{re.escape(recipe)}$")
    cells = _frame(page).locator("table td").filter(has_text=name)
    expect(cells).to_be_attached()
    return next(found for found in rows(page) if found["Recipe"] == recipe)


def _point_at(page: Page, recipe: str, x: int) -> tuple[float, float]:
    """Moves the mouse to a variant's row, `x` pixels from the left edge of the table."""
    row(page, recipe)
    box = _table(page)
    place = [found["Recipe"] for found in rows(page)].index(recipe)
    across, down = box["x"] + x, box["y"] + ROW_HEIGHT * (place + 1.5)
    page.mouse.move(across, down)
    return across, down


def click_row(page: Page, recipe: str) -> None:
    """Chooses a variant by the box at the beginning of its row."""
    page.mouse.click(*_point_at(page, recipe, CHECKBOX))


def click_link(page: Page, recipe: str) -> None:
    """Clicks the link in a variant's row, once the mouse shows that it is one."""
    place = _point_at(page, recipe, LINK)
    canvas = _frame(page).locator("canvas").first
    expect(canvas).to_have_css("cursor", "pointer")
    page.mouse.click(*place)


def click_point(page: Page, recipe: str) -> None:
    """Clicks a variant's point in the chart."""
    settle(page)
    point = points(page).nth([found["Recipe"] for found in rows(page)].index(recipe))
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def points(page: Page) -> Locator:
    """The points of the chart, in the order of the table."""
    return page.locator(".st-key-compare-chart path.point")


def highlighted(page: Page) -> list[str]:
    """The variants whose points stand out: a thick rim, and the others faded."""
    styles = cast(
        Sequence[tuple[str, str]],
        points(page).evaluate_all("all => all.map(p => [p.style.strokeWidth, p.style.opacity])"),
    )
    recipes = [found["Recipe"] for found in rows(page)]
    if len(recipes) != len(styles):  # one of the two is being drawn anew
        return []
    most = max(float(opacity) for _, opacity in styles)
    return [
        recipe
        for recipe, (rim, opacity) in zip(recipes, styles, strict=True)
        if rim == "3px" and float(opacity) == most
    ]


def marked(page: Page) -> list[str]:
    """The variants whose rows are marked in the table."""
    table = _frame(page).locator("table")
    chosen = table.locator("tbody tr[aria-selected=true]")
    return [cells.locator("td").nth(1).text_content() or "" for cells in chosen.all()]
