"""dashboard/tables/: how high a table stands on a page."""

from typing import Literal

MOST_ROWS = 12  # of a table that is shown whole
TALL = 460  # pixels, of a longer one


def height(rows: int, most_rows: int = MOST_ROWS, tall: int = TALL) -> int | Literal["content"]:
    """For `st.dataframe`: all of a short table, a window on a long one.

    Args:
        rows: How many it has.
        most_rows: More than that do not stand on the page at once.
        tall: Of the window then, in pixels.
    """
    return "content" if rows <= most_rows else tall
