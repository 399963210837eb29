"""export/card/: texts of others in Markdown that anybody may render."""

import re

from optimizer.export.kits.texts import one_shown_line

SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|~$&:@^=]|(?<=www)\.", re.IGNORECASE)
LONGEST = 600


def plain(text: str) -> str:
    """A text that shows as it is: no emphasis, link, picture, formula, HTML or cell of a table.

    >>> plain("a*b <c>")
    'a\\\\*b \\\\<c\\\\>'
    """
    return SPECIAL.sub(r"\\\g<0>", one_shown_line(text, LONGEST))


def row(*cells: str) -> str:
    """A line of a table; cells are Markdown already."""
    return f"| {' | '.join(cells)} |"
