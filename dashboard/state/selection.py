"""dashboard/state/: which variant is chosen, on the Compare page and on the Inspect page alike.

The address of both pages names it; it wins when a page is opened by its address.
"""

from collections.abc import Sequence

import streamlit as st

from optimizer.choose.comparison import Comparison
from optimizer.store.study import Study

TABLE = "compare.table"
CHART = "compare.chart"
SELECTED = "compare.selected"
PARAMETER = "variant"


def selected(study: Study) -> str | None:
    """The recipe of the chosen variant; None if none is chosen."""
    recipe = st.session_state.get(SELECTED)
    return recipe if recipe and study.variant(recipe) else None


def from_address(study: Study) -> None:
    """Takes over what the address names, where nothing was chosen in this session yet."""
    named = st.query_params.get(PARAMETER)
    if SELECTED not in st.session_state and named and study.variant(named):
        st.session_state[SELECTED] = named


def to_address(recipe: str | None) -> None:
    """Has the address name a variant, or none."""
    if recipe:
        st.query_params[PARAMETER] = recipe
    else:
        st.query_params.pop(PARAMETER, None)


def on_table(shown: Sequence[Comparison]) -> None:
    """Called when a row of the table is chosen."""
    chosen = st.session_state[TABLE]["selection"]["rows"]
    st.session_state[SELECTED] = shown[chosen[0]].variant.recipe if chosen else None


def on_chart() -> None:
    """Called when a point of the chart is chosen."""
    points = st.session_state[CHART]["selection"]["points"]
    st.session_state[SELECTED] = points[0]["customdata"] if points else None


def turn_table(shown: Sequence[Comparison], study: Study) -> None:
    """Marks the chosen variant's row, however it was chosen; called before the table is drawn."""
    recipes = [row.variant.recipe for row in shown]
    chosen = selected(study)
    rows = [recipes.index(chosen)] if chosen in recipes else []
    marked = st.session_state[TABLE]["selection"]["rows"] if TABLE in st.session_state else []
    if marked != rows:
        st.session_state[TABLE] = {"selection": {"rows": rows}}
