"""pages/: the Optimize page: choose conversions or compose a recipe, run them, watch them."""

import streamlit as st

from dashboard import page_files
from dashboard.forms import composer, technique_form
from dashboard.frames import job_list, operations
from dashboard.markdown import verbatim
from dashboard.server import sharing
from dashboard.server.engine import engine
from dashboard.state import session
from optimizer.errors import LiteweighError
from optimizer.recipes import BASELINE_TEXT, STANDARD, Recipe, build
from optimizer.store.study import Study
from optimizer.techniques.registry import conversions

QUANTIZE, TRAIN = "Quantize", "Train, then quantize"
TICKED = {str(recipe) for recipe in STANDARD if recipe.conversion.first_choice}


def choose_recipes(study: Study) -> list[Recipe] | None:
    """The form of conversions; returns the recipes when “Run” is pressed, else None."""
    chosen: list[tuple[str, dict[str, object]]] = []
    with st.form("optimize", border=False):
        columns = st.columns(2)
        offered = [kind for kind in conversions() if kind.name != BASELINE_TEXT]
        for place, kind in enumerate(offered):
            reason = kind.misfit(study.index.model.summary, study.index.dataset)
            key = f"optimize.{kind.name}"
            technique_form.first_value(key, kind.name in TICKED)
            if reason:
                st.session_state[key] = False
            with columns[place % 2].container(border=True):
                ticked = st.checkbox(
                    f"**{kind.label}**",
                    disabled=reason is not None,
                    key=key,
                    persist_state=technique_form.KEPT,
                )
                st.caption(f"Not possible: {verbatim(reason)}." if reason else kind.summary)
                values = technique_form.draw(kind, key)
                if ticked:
                    chosen.append((kind.name, values))
        pressed = st.form_submit_button("Run", type="primary", icon=":material/play_arrow:")
    if not pressed:
        return None
    return [Recipe((build(name, values),)) for name, values in chosen]


def compose_recipe(study: Study) -> list[Recipe] | None:
    """The composer; returns its recipe when it is to be run, else None."""
    recipe = composer.compose(study.index)
    return [recipe] if recipe else None


def run(study: Study, recipes: list[Recipe]) -> None:
    """Starts the recipes, or says why there is nothing to start."""
    try:
        started = engine().start(study, recipes)
    except LiteweighError as error:
        st.error(verbatim(sharing.told(str(error))), icon=":material/error:")
        return
    if not recipes:
        st.warning("Tick at least one optimization.", icon=":material/warning:")
    elif not started:
        st.info(
            "Everything chosen is done already, or running, with these parameters. "
            "See the Compare page.",
            icon=":material/check_circle:",
        )


def ask_for(what: str, label: str, page: str) -> None:
    """Says what is missing, and where to give it."""
    st.info(what, icon=":material/info:")
    st.page_link(page, label=label, icon=":material/arrow_back:")


study = session.current()
st.title("Optimize")
if study and study.index.dataset:
    technique_form.first_value("optimize.way", QUANTIZE)
    way = st.segmented_control(
        "How to optimize", [QUANTIZE, TRAIN], required=True, key="optimize.way",
        label_visibility="collapsed", persist_state=technique_form.KEPT,
    )  # fmt: skip
    if way == QUANTIZE:
        st.write("The float32 baseline is always there. Tick what to compare with it.")
        recipes = choose_recipes(study)
    else:
        st.write("Training first can save accuracy, or make the file smaller when compressed.")
        recipes = compose_recipe(study)
    if recipes is not None:
        run(study, recipes)
    job_list.show(study)
elif not operations.show():
    if study:
        ask_for("Give the model data first: they show what each optimization costs.",
                "Add data", page_files.DATA)  # fmt: skip
    else:
        ask_for("Open a model first.", "Open a model", page_files.MODEL)
