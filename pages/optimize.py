"""pages/: the Optimize page: choose conversions or compose a recipe, run them, watch them."""

import pandas as pd
import streamlit as st

from dashboard import page_files
from dashboard.forms import composer, file_chooser, operator_list, technique_form
from dashboard.frames import job_list, operations, search_panel, sensitivity
from dashboard.markdown import verbatim
from dashboard.server import sharing
from dashboard.server.engine import engine
from dashboard.state import readings, session
from dashboard.tables import file_tables
from optimizer.errors import LiteweighError, RecipeError
from optimizer.recipes import BASELINE_TEXT, STANDARD, Recipe, build
from optimizer.store.study import Study
from optimizer.techniques.registry import conversions

QUANTIZE, TRAIN, BRING = "Quantize", "Train, then quantize", "A finished .tflite"
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
                if kind.numbers_operators and not reason:
                    operator_list.show(operators(study))
                if ticked:
                    chosen.append((kind.name, values))
        pressed = st.form_submit_button("Run", type="primary", icon=":material/play_arrow:")
    if not pressed:
        return None
    try:
        return [Recipe((build(name, values),)) for name, values in chosen]
    except RecipeError as error:
        st.error(verbatim(str(error)), icon=":material/error:")
        return None


def operators(study: Study) -> pd.DataFrame | None:
    """Those of the float file by their numbers; None where nobody has looked yet."""
    variants = study.index.variants
    inside = readings.inside(study, variants[0]) if variants else None
    return file_tables.numbered(inside) if inside else None


def compose_recipe(study: Study) -> list[Recipe] | None:
    """The composer; returns its recipe, or those of a sweep, when they are to be run, else None."""
    return composer.compose(study.index, operators(study))


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


def bring(study: Study) -> None:
    """The form for a finished file; one that is uploaded starts as a job."""
    name = st.text_input(
        "What to call it", key="optimize.bring.name", placeholder="As the file is called", width=360
    )
    chosen = file_chooser.file("optimize.bring", "A finished .tflite", label=True)
    if chosen is None:
        return
    try:
        recipe, started = engine().add_file(study, chosen.path, name.strip() or chosen.name)
    except LiteweighError as error:
        st.error(verbatim(sharing.told(str(error))), icon=":material/error:")
        return
    if not started:
        st.info(
            f"{verbatim(str(recipe))} is there already, or being measured. See the Compare page.",
            icon=":material/check_circle:",
        )


def ask_for(what: str, label: str, page: str) -> None:
    """Says what is missing, and where to give it."""
    st.info(what, icon=":material/info:")
    st.page_link(page, label=label, icon=":material/arrow_back:")


study = session.current()
st.title("Optimize")
if study and study.index.dataset:
    search_panel.show(study, result=True)
    technique_form.first_value("optimize.way", QUANTIZE)
    way = st.segmented_control(
        "How to optimize", [QUANTIZE, TRAIN, BRING], required=True, key="optimize.way",
        label_visibility="collapsed", persist_state=technique_form.KEPT,
    )  # fmt: skip
    if way == QUANTIZE:
        st.write("The float32 baseline is always there. Tick what to compare with it.")
        recipes = choose_recipes(study)
    elif way == BRING:
        st.write(
            "A file that a colleague or another tool made of this model is judged, timed and "
            "compared like those that are made here."
        )
        bring(study)
        recipes = None
    else:
        st.write("Training first can save accuracy, or make the file smaller when compressed.")
        recipes = compose_recipe(study)
    if recipes is not None:
        run(study, recipes)
    if way == QUANTIZE:
        with st.expander("What int8 costs each operator", icon=":material/graphic_eq:"):
            sensitivity.show(study, "optimize.sensitivity")
    job_list.show(study)
elif not operations.show():
    if study:
        ask_for("Give the model data first: they show what each optimization costs.",
                "Add data", page_files.DATA)  # fmt: skip
    else:
        ask_for("Open a model first.", "Open a model", page_files.MODEL)
