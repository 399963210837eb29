"""dashboard/: texts of models, recipes and machines, for Streamlit's Markdown."""

import re

SPECIAL = re.compile(r"([*\[\]~$`<])")


def verbatim(text: str) -> str:
    """A recipe or sentence for Markdown: the stars in `layers=conv_*` are no emphasis."""
    return SPECIAL.sub(r"\\\1", text)
