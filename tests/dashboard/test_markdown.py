"""tests of dashboard/: no text of others is Markdown, judged by another reader of Markdown."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dashboard.markdown import JOINED, verbatim
from optimizer.export.charts.text import in_figure

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
BITS = st.sampled_from(
    [*"![]()<>*_~`$&|:/\\#+-=.1ab@{}'\" \n\té", "\u00a0", "12345678901", "http://", "www.", "---",
     "![x](//e/p)", "<img src=//e/p>", "&lt;", "&#33;", ":red[x]", "1. ", "- "]
)  # fmt: skip


def shown(markdown: str) -> str:
    """What a reader of Markdown shows, of which nothing is anything but text."""
    blocks = READER.parse(markdown)
    assert [block.type for block in blocks] in (
        [],
        ["paragraph_open", "inline", "paragraph_close"],
    )
    pieces = [piece for block in blocks for piece in block.children or ()]
    assert {piece.type for piece in pieces} <= {"text", "text_special"}
    return "".join(piece.content for piece in pieces)


@given(st.lists(BITS).map("".join) | st.text())
@example("![x](http://evil.example/p.png)")
@example("<img src='http://evil.example/p.png'>")
@example("[click](javascript:alert(1))")
@example("1. a list")
@example("123456789) a list")
@example("# a heading")
@example("    code")
@example("a\n===")
@example("| a | b |\n|---|---|")
@example("&lt;b&gt;")
@example("<https://evil.example>")
def test_a_text_of_others_is_shown_as_it_is(text: str) -> None:
    found = shown(verbatim(text)).replace(JOINED, "")
    wanted = " ".join(text.split()).replace(JOINED, "")
    assert len(found) == len(wanted)
    assert all(a in (b, "�") for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    "text", ["conv_1/BiasAdd", "int8(io=uint8)", "prune(final_sparsity=0.8)+int8", "0.95 − 1.2 ms"]
)
def test_what_needs_nothing_stays_as_it_is(text: str) -> None:
    assert verbatim(text) == text


@pytest.mark.parametrize(
    "text", ["http://e", "HTTPS://e", "www.e.example", "a@e.example", ":smile:", ":material/home:"]
)
def test_what_streamlit_makes_a_link_or_an_icon_of_is_parted(text: str) -> None:
    assert JOINED in verbatim(text)
    assert verbatim(text).replace(JOINED, "").replace("\\", "") == text


def test_directions_and_controls_are_seen() -> None:
    assert verbatim("a\u202eb\x00c\u2066") == "a�b�c�"


@pytest.mark.parametrize(
    ("text", "plotly"),
    [
        ("<a href='http://e'>x</a>", "&lt;a href='http://e'&gt;x&lt;/a&gt;"),
        ("a & b", "a &amp; b"),
        ("%{customdata}", "%&#123;customdata}"),
        ("a<br>\nb", "a&lt;br&gt; b"),
    ],
)
def test_a_text_in_a_figure_is_no_html_and_no_template(text: str, plotly: str) -> None:
    assert in_figure(text) == plotly
