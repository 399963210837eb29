"""dashboard/: the state of the Inspect page: which variant it is about."""

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import comparing, working
from dashboard.engine import engine
from optimizer.errors import LiteweighError
from optimizer.measure.histograms import WeightHistogram, beside, read_histograms
from optimizer.measure.inside.facts import Inside, read_inside
from optimizer.measure.measurements import Profile
from optimizer.store.profile_files import read_profile
from optimizer.store.records import Variant
from optimizer.store.study import Study

PARAMETER = "variant"
CHOICE = "inspect.variant"
HISTOGRAMS = "inspect.histograms"
WIDTH = 480  # pixels


def choose(study: Study) -> Variant:
    """Draws the choice of a variant; it goes with the one that is chosen on the Compare page.

    The address of the page names it, and wins when the page is opened by its address.
    """
    recipes = [variant.recipe for variant in study.index.variants]
    named = st.query_params.get(PARAMETER)
    if named in recipes and CHOICE not in st.session_state:
        st.session_state[comparing.SELECTED] = named
    recipe = comparing.selected(study) or _offered(study)
    st.session_state[CHOICE] = recipe
    st.selectbox("Variant", recipes, key=CHOICE, on_change=_on_choice, width=WIDTH)
    st.query_params[PARAMETER] = recipe
    variant = study.variant(recipe)
    assert variant is not None  # noqa: S101 (it is one of the study's)
    return variant


def profiles(study: Study, variant: Variant) -> tuple[Profile | None, Profile | None]:
    """Of a variant and of the baseline; None where they were not taken, or are lost."""
    return _profile(study, variant), _profile(study, study.index.variants[0])


def _profile(study: Study, variant: Variant) -> Profile | None:
    try:
        return read_profile(study, variant)
    except LiteweighError:
        return None


def histograms(study: Study, variant: Variant) -> tuple[WeightHistogram, ...] | None:
    """Of each weight tensor; made by a worker when they are first asked for, None until then."""
    path = beside(study.folder / variant.file)
    if not path.exists() and not working.result(
        HISTOGRAMS, (study.index.id, variant.key), partial(engine().weigh, study, variant)
    ):
        return None
    try:
        return read_histograms(path)
    except LiteweighError as error:
        path.unlink(missing_ok=True)
        st.session_state.pop(HISTOGRAMS, None)
        st.warning(str(error), icon=":material/warning:")
        return None


def _on_choice() -> None:
    st.session_state[comparing.SELECTED] = st.session_state[CHOICE]


def _offered(study: Study) -> str:
    """What the Compare page offers before anything is chosen."""
    return comparing.recommended(comparing.rows(study)).variant.recipe


def inside(study: Study, variant: Variant) -> Inside | None:
    """What is inside a variant's file; None where an older version did not look, or it is lost."""
    return _inside(study.folder / variant.inside) if variant.inside else None


@st.cache_data(max_entries=16, show_spinner=False)
def _inside(path: Path) -> Inside | None:
    try:
        return read_inside(path)
    except LiteweighError:
        return None
