"""tests of dashboard/: what is served for the graph, and what is not."""

import asyncio
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server import netron
from optimizer.store.library import Library
from optimizer.store.study import Study
from tests.variants import study as made_by_hand
from tests.variants import variant

RECIPE = "prune(layers=conv_*)+int8"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study that the server knows, with a recipe that needs quoting."""
    made = made_by_hand(tmp_path / "a study", variant("float32"), variant(RECIPE))
    made.close()
    library = Library(tmp_path)
    monkeypatch.setattr(netron, "engine", lambda: type("Engine", (), {"library": library}))
    return library.open("a study")


def get(theme: str, file: str, query: str = "") -> Response:
    scope = {
        "type": "http", "method": "GET", "headers": [], "query_string": query.encode(),
        "path_params": {"theme": theme, "file": file},
    }  # fmt: skip
    return asyncio.run(netron.serve(Request(scope)))


def page(study: Study, theme: netron.Theme) -> Response:
    made = study.index.variants[1]
    parts = urlsplit(netron.address(study, made, theme))
    root, found, file = parts.path.strip("/").split("/")
    assert (root, found) == ("netron", theme)
    assert dict(parse_qsl(parts.query)) == {"study": "a study", "recipe": RECIPE}
    return get(theme, file, parts.query)


def test_the_page_opens_the_variants_file(study: Study) -> None:
    text = bytes(page(study, "light").body).decode()
    [file] = re.findall(r'<meta name="file" content="([^"]*)">', text)
    folder, name, recipe, end = file.split("/")
    assert (folder, name) == ("model", "a%20study")
    assert recipe == "prune%28layers%3Dconv_%2A%29%2Bint8"
    assert end.endswith(".tflite"), "Netron tells the format by the name"


def test_the_page_has_the_colours_of_the_app_not_of_the_system(study: Study) -> None:
    light, dark = (bytes(page(study, theme).body).decode() for theme in ("light", "dark"))
    for text in (light, dark):
        assert "prefers-color-scheme" not in text
    assert "@media not all" in light
    assert "@media all" in dark
    assert netron.COLOURS["dark"][0] in dark


def test_the_frame_may_talk_to_this_server_only(study: Study) -> None:
    policy = page(study, "dark").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "connect-src" not in policy, "the default holds"
    assert "frame-ancestors 'self'" in policy
    assert not re.search("http|\\*", policy)


def test_the_host_is_ours_and_netrons_own_lies_beside_it(study: Study) -> None:
    ours, theirs = get("dark", "browser.js"), get("dark", "netron-browser.js")
    assert Path(str(getattr(ours, "path", ""))) == netron.OUR_HOST
    path = Path(str(getattr(theirs, "path", "")))
    assert path.name == "browser.js"
    assert "ipinfo.io" in path.read_text(), "what ours leaves out"
    assert "ipinfo.io" not in re.sub(r"/\*.*?\*/", "", netron.OUR_HOST.read_text(), flags=re.DOTALL)


def test_what_our_host_replaces_is_still_there(study: Study) -> None:
    """A later Netron may ask for more; then this has to be looked at again."""
    path = netron._package()
    host = (path / "browser.js").read_text()
    for method in ("async view(view)", "event(name, params)", "exception(error, fatal)",
                   "environment(name)", "openURL(url)"):  # fmt: skip
        assert host.count(f"    {method} {{") == 1, method
    assert host.count("_telemetry.start(") == 1, "in view(), which ours replaces"
    view = (path / "view.js").read_text()
    assert all(theirs in view for theirs in netron.BRACKETS)
    for file in (netron.PAGE, netron.STYLE):
        assert netron.SYSTEM_IS_DARK in (path / file).read_text()


@pytest.mark.parametrize(
    ("theme", "file", "query"),
    [
        ("dark", "server.py", ""),
        ("dark", "nothing.js", ""),
        ("dark", "..", ""),
        ("blue", "view.js", ""),
        ("dark", "index.html", ""),
        ("dark", "index.html", "study=other&recipe=float32"),
        ("dark", "index.html", "study=a%20study&recipe=int4"),
    ],
    ids=["Python", "no file", "a folder", "no theme", "no study", "other study", "no variant"],
)
def test_what_is_not_there_is_not_served(study: Study, theme: str, file: str, query: str) -> None:
    assert get(theme, file, query).status_code == 404
