"""tests of dashboard/: the frame that saves a chart as a picture."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dashboard.figures.colours import INK
from dashboard.server import chart_export
from tests.dashboard.contrast import contrast


def get(file: str) -> Response:
    return asyncio.run(
        chart_export.serve(Request({"type": "http", "path_params": {"file": file}}))
    )  # fmt: skip


def text_of(file: str) -> str:
    response = get(file)
    assert isinstance(response, FileResponse)
    return Path(response.path).read_text("utf-8")


def test_the_address_names_the_chart_as_the_page_has_it_and_the_file() -> None:
    address = chart_export.address("compare.chart", "a&b <c>", "dark")
    asked = parse_qs(urlsplit(address).query)
    assert asked == {"chart": ["compare-chart"], "name": ["a&b <c>"], "theme": ["dark"]}


@pytest.mark.parametrize("file", chart_export.FILES)
def test_each_file_is_served_as_what_it_is(file: str) -> None:
    assert get(file).media_type == chart_export.FILES[file]
    assert text_of(file)


@pytest.mark.parametrize("file", ["chart_export.py", "../app.py", "netron_host.js", ""])
def test_nothing_else_is_served(file: str) -> None:
    assert get(file).status_code == 404


def test_no_text_of_an_address_becomes_a_part_of_the_page() -> None:
    script = text_of("chart_export.js")
    assert "innerHTML" not in script
    assert "fetch(" not in script
    assert "<script>" not in text_of("chart_export.html"), "the pages' policy forbids it"


def test_its_words_can_be_read_in_both_themes() -> None:
    style = text_of("chart_export.css")
    for theme, page in (("light", "#ffffff"), ("dark", "#12171d")):
        assert INK[theme] in style
        assert contrast(INK[theme], page) > 4.5
