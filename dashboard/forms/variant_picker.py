"""dashboard/forms/: chooses the variant that the Inspect page is about."""

import streamlit as st

from dashboard.state import readings, selection
from optimizer.choose.recommend import recommended
from optimizer.store.records import Variant
from optimizer.store.study import Study

CHOICE = "inspect.variant"
WIDTH = 480  # pixels


def choose(study: Study) -> Variant:
    """Draws the choice of a variant; it goes with the one that is chosen on the Compare page.

    The address of the page names it, and wins when the page is opened by its address.
    """
    recipes = [variant.recipe for variant in study.index.variants]
    selection.from_address(study)
    recipe = selection.selected(study) or _recommended(study)
    st.session_state[CHOICE] = recipe
    st.selectbox("Variant", recipes, key=CHOICE, on_change=_on_choice, width=WIDTH)
    selection.to_address(recipe)
    variant = study.variant(recipe)
    assert variant is not None  # noqa: S101 (it is one of the study's)
    return variant


def _recommended(study: Study) -> str:
    return recommended(readings.rows(study), readings.choice(study)).variant.recipe


def _on_choice() -> None:
    st.session_state[selection.SELECTED] = st.session_state[CHOICE]
