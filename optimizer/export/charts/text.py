"""export/charts/: texts of others in a chart, where plotly takes some HTML."""

import html
import re

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What cannot be seen, or turns the direction of what follows."""


def in_figure(text: str) -> str:
    """A text for plotly, whose titles, labels and hover texts take some HTML and `%{…}`."""
    line = UNSEEN.sub("�", " ".join(text.split()))
    return html.escape(line, quote=False).replace("%{", "%&#123;")
