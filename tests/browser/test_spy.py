"""tests in a real browser: names of others in every field, and a server that hears of requests."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser import walking
from tests.browser.conftest import Walk
from tests.browser.serving import Server
from tests.hostile.fields import MARK, attacks, hostile_copy
from tests.pages.test_inspect_page import TABS

# What leads to the spy, or came to be by an attack: a picture, a link, a script, a heading, a bold
# word. `spy` alone as a whole text is what only Markdown or HTML leaves of one.
OPEN = "document.querySelectorAll('details:not([open]) > summary').forEach(part => part.click())"
MADE = f"""
() => [...document.querySelectorAll('*')].filter(element =>
    ['src', 'href', 'action', 'srcset', 'onerror'].some(name =>
        (element.getAttribute(name) || '').match('^[^#].*({MARK}|127.0.0.1)|javascript:'))
    || (element.textContent.trim() === '{MARK}' && element.children.length === 0)
).map(element => element.outerHTML.slice(0, 300))
"""


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and what it was asked for."""
    paths: list[str] = []

    class Spy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Spy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def assert_harmless(page: Page) -> None:
    """Nothing on the page was made of a text but that text; closed parts are opened first."""
    walking.settle(page)
    page.evaluate(OPEN)
    walking.settle(page)
    page.wait_for_timeout(300)  # pictures and scripts would be asked for by now
    assert page.evaluate(MADE) == []
    # A tab's title is no more than a text; a script that ran would have set another.
    assert page.title().split(" · ")[-1] == "Liteweigh"


def test_no_name_asks_another_server_runs_or_leads_anywhere(
    page: Page, server: Server, sample: Walk, asked: tuple[str, list[str]]
) -> None:
    spy, paths = asked
    hostile_copy(server.home / sample.study, server.home / "hostile", spy)
    for where in ("", "data", "optimize", "compare", "devices", "studies"):
        page.goto(f"{server.url}/{where}?study=hostile")
        expect(page.get_by_text(MARK).first).to_be_attached()
        assert_harmless(page)
    page.goto(f"{server.url}/inspect?study=hostile&variant=int8")
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        assert_harmless(page)
    page.get_by_role("tab", name="Weights").click()
    page.get_by_test_id("stSelectbox").last.locator("input").click()
    assert_harmless(page)
    page.goto(f"{server.url}/?study={quote(' '.join(attacks(spy)))}")
    expect(page.get_by_test_id("stAlert")).to_contain_text(f"![{MARK}]")
    assert_harmless(page)
    assert paths == []
