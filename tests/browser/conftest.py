"""tests in a real browser: what they share, the server and Chromium."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import chromium, walking
from tests.browser.serving import Server, serve

PATIENCE = 300_000  # milliseconds; conversions on a slow machine that does other things too
DESKTOP, PHONE = (1440, 900), (420, 900)  # pixels

# Nothing moves by itself: without a graphics card each frame of an animation is drawn by the CPU.
STILL = """
const still = new CSSStyleSheet();
const all = "*, *::before, *::after";
still.replaceSync(`${all} { animation: none !important; transition: none !important }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
"""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, with two workers and studies in a folder of its own."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. It is closed with the package: other tests need the event loop that it holds."""
    found = chromium.find()
    assert found, "There is no Chromium: run `make chromium`."
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=chromium.ARGUMENTS)
        yield launched
        launched.close()


@contextmanager
def _context(browser: Browser, size: tuple[int, int] = DESKTOP) -> Iterator[BrowserContext]:
    """A browser of its own, which may talk to this machine only, as the pages' policy has it."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(STILL)
    asked: set[str | None] = set()
    context.on("request", lambda request: asked.add(_host(request.url)))
    told: list[str] = []
    context.on("console", lambda message: told.append(message.text))
    try:
        yield context
    finally:
        context.close()
    assert asked <= {"localhost", None}, f"the page asked other machines: {asked}"
    against = [text for text in told if "Content Security Policy" in text]
    assert not against, f"the page did what its policy forbids: {against}"


def _host(url: str) -> str | None:
    parts = urlsplit(url)
    return parts.hostname if parts.scheme in {"http", "https", "ws", "wss"} else None


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a browser session of its own."""
    with _context(browser) as context:
        yield context.new_page()


@pytest.fixture
def second_page(browser: Browser) -> Iterator[Page]:
    """An empty page in another browser session."""
    with _context(browser) as context:
        yield context.new_page()


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """An empty page as narrow as a phone."""
    with _context(browser, PHONE) as context:
        yield context.new_page()


@dataclass(frozen=True)
class Walk:
    """The way from the first page to a downloaded file.

    Attributes:
        addresses: Of the page at each step.
        clicks: How often the user clicked.
        name: Under which name the file came.
        content: Of the file.
    """

    addresses: tuple[str, ...]
    clicks: int
    name: str
    content: bytes

    @property
    def study(self) -> str:
        """The study's id."""
        return walking.study_in(self.addresses[-1])


@pytest.fixture(scope="package")
def sample(browser: Browser, server: Server) -> Walk:
    """The sample from the first page to its int8 file, as a newcomer goes.

    The file is taken from its own row: which one is offered first, this machine's CPU decides.
    """
    with _context(browser) as context:
        walking.count_clicks(context)
        page = context.new_page()
        page.goto(server.url)
        walking.button(page, "Use the sample").click()
        addresses = []
        for step in ("Choose optimizations", "Run", "Compare results"):
            button = walking.button(page, step)
            expect(button).to_be_visible()
            addresses.append(page.url)
            button.click()
        with page.expect_download() as download:
            walking.click_link(page, "int8")
        content = download.value.path().read_bytes()
        name = download.value.suggested_filename
        return Walk((*addresses, page.url), walking.clicks(page), name, content)


@pytest.fixture
def sample_page(page: Page, server: Server, sample: Walk) -> Callable[[str], Page]:
    """Opens a page of the sample's study: sample_page("compare")."""

    def go(name: str) -> Page:
        page.goto(f"{server.url}/{name}?study={sample.study}")
        return page

    return go
