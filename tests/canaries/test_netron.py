"""tests of private parts of Netron: what its files are called, and the texts in them."""

import importlib.util
import re
from pathlib import Path

import pytest


@pytest.fixture
def package() -> Path:
    """Where its files lie."""
    found = importlib.util.find_spec("netron")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def test_netron_files(package: Path) -> None:
    page = (package / "index.html").read_text()
    assert "</head>" in page
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert scripts == [""], "none within the page, which our policy would not run"
    for name in ("grapher.css", "browser.js", "view.js", "tflite.js", "tflite-schema.js"):
        assert (package / name).is_file(), name


def test_netron_host(package: Path) -> None:
    text = (package / "browser.js").read_text()
    assert "window.exports.browser = browser" in text
    assert "browser.Host = class" in text
    for method in ("view(view)", "event(", "exception(", "environment(name)", "openURL(url)"):
        assert re.search(rf"^    (async )?{re.escape(method)}", text, re.MULTILINE), method


def test_netron_file_to_open(package: Path) -> None:
    text = (package / "browser.js").read_text()
    assert "getElementsByTagName('meta')" in text
    assert "this._meta.file" in text
    assert "this._meta.identifier" in text


def test_netron_dark_style(package: Path) -> None:
    for name in ("index.html", "grapher.css"):
        assert "@media (prefers-color-scheme: dark)" in (package / name).read_text(), name


def test_netron_brackets(package: Path) -> None:
    text = (package / "view.js").read_text()
    assert "\\u3008" in text
    assert "\\u3009" in text


def test_netron_style_names(package: Path) -> None:
    page, style = (package / "index.html").read_text(), (package / "grapher.css").read_text()
    for name in ("alert", "target", "sidebar", "menu-button", "open-file-button"):
        assert re.search(rf"\.{name}\b", page + style), name
    text = (package / "view.js").read_text()
    assert "'welcome' : 'default'" in text
    assert "document.body.classList.add(...page.split(' '))" in text
