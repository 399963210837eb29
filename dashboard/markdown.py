"""dashboard/: the one place where texts of others become texts of a page, and nothing else.

A name in a model, an error that quotes it, a class, an address: all may hold what Streamlit's
Markdown makes a picture, a link or a colour of, and a picture would make the browser ask whoever
put it there. (What plotly makes of texts is held off by `optimizer.export.charts.text`.) Cells of
`st.dataframe`, choices of `st.selectbox` and `st.code` take texts as they are; titles, labels,
captions, helps, messages and `st.table` take Markdown.
"""

import re

from optimizer.export.charts.text import UNSEEN

SPECIAL = re.compile(
    r"""
    [\\`*~\[\]<$&|]                 # pictures, links, code, formulas, HTML, entities
    | (?<![^\W_])_ | _(?![^\W_])    # emphasis; inside a word it is none
    | :(?=[\w:])                    # colours and the like
    | ^[#+=>-]                      # headings, lists, quotes
    """,
    re.VERBOSE,
)
NUMBERED = re.compile(r"^(\d{1,9})(?=[.)](\s|$))")
BEFORE_A_LINK = re.compile(
    r"(?<=www)(?=\.)|(?<=http:)(?=//)|(?<=https:)(?=//)|(?=@)", re.IGNORECASE
)
BEFORE_AN_ICON = re.compile(r"(?<=:)(?=[\w+/-]+:)")
JOINED = "\u2060"
"""Takes no room. Streamlit 1.67 makes links and icons of the finished text: no escape helps there,
so what it would take for one thing is parted."""


def verbatim(text: str) -> str:
    """A text for Markdown that shows as it is, on one line: `conv_*` has a star, no emphasis."""
    line = UNSEEN.sub("�", " ".join(text.split()))
    line = BEFORE_AN_ICON.sub(JOINED, BEFORE_A_LINK.sub(JOINED, line))
    return NUMBERED.sub(r"\1\\", SPECIAL.sub(r"\\\g<0>", line))
