"""dashboard/forms/: how the table of variants is shown: its order, its groups and its columns.

What is chosen stands in the address of the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.forms.row_filter import IN_ADDRESS
from dashboard.tables.arranged import GROUPINGS

KEY = "compare.view"


@dataclass(frozen=True)
class View:
    """How the table is shown.

    Attributes:
        sort: The column that it is sorted by; None: as the variants were made.
        largest_first: Whether from the largest.
        grouping: One of GROUPINGS; None for no groups.
        columns: Those that are shown; none of them is all that say something.
    """

    sort: str | None
    largest_first: bool
    grouping: str | None
    columns: tuple[str, ...]


def show(titles: Mapping[str, str], tools: DeltaGenerator) -> View:
    """Draws the choice.

    Args:
        titles: Of the columns that there are, by name.
        tools: Where the button stands.
    """
    with tools.popover("View", icon=":material/view_column:"):
        sort = st.selectbox(
            "Sort by", list(titles), index=None, key=f"{KEY}.sort", bind=IN_ADDRESS,
            placeholder="as they were made", format_func=lambda name: titles[name],
        )  # fmt: skip
        largest = st.toggle("Largest first", key=f"{KEY}.largest", bind=IN_ADDRESS)
        grouping = st.selectbox(
            "Group by", GROUPINGS, index=None, key=f"{KEY}.group", bind=IN_ADDRESS,
            placeholder="no groups",
        )  # fmt: skip
        columns = st.multiselect(
            "Columns", list(titles), key=f"{KEY}.columns", bind=IN_ADDRESS,
            placeholder="all that say something", format_func=lambda name: titles[name],
        )  # fmt: skip
    return View(sort, largest, grouping, tuple(columns))
