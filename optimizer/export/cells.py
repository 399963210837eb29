"""export/: texts as cells of a table that a spreadsheet may open."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what Excel, LibreOffice and Google Sheets begin a formula, or what they skip before one."""
NUMBER = re.compile(r"[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?( ?[%\w/]+)?", re.IGNORECASE)


def cell(text: str) -> str:
    """A text that no spreadsheet computes: one that begins like a formula gets an apostrophe.

    Numbers stay as they are, with a unit too: `-0.5`, `+1.2 pt`.
    """
    return (
        f"'{text}" if text.lstrip(" ").startswith(FORMULA) and not NUMBER.fullmatch(text) else text
    )
