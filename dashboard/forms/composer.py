"""dashboard/forms/: composes a recipe: stages of training, a conversion, perhaps a packing."""

from functools import partial
from typing import TypeVar

import pandas as pd
import streamlit as st

from dashboard.forms import operator_list, sweep_form, technique_form
from dashboard.markdown import verbatim
from optimizer.errors import RecipeError
from optimizer.jobs.estimate import estimate_seconds
from optimizer.recipes import Recipe, build, parse
from optimizer.store.records import StudyIndex
from optimizer.techniques.packing import Packing
from optimizer.techniques.registry import TECHNIQUES, conversions, packings, training_steps
from optimizer.techniques.technique import Conversion
from optimizer.techniques.training_step import TrainingTime
from optimizer.words import rough_duration

KEY = "optimize.recipe"
CONVERSION, PASTED = f"{KEY}.conversion", f"{KEY}.pasted"
COLUMNS = 4
Stage = TypeVar("Stage", TrainingTime, Packing)
LABEL_WIDTH = 270  # pixels, for the longest label
STARTS = {
    "QAT": "qat+int8",
    "Half of the MACs + QAT": "shrink+qat+int8",
    "Prune 80 %": "prune(final_sparsity=0.8)+int8",
    "Cluster + QAT": "cluster+qat+int8",
    "Prune + QAT": "prune+qat+int8",
    "Prune + cluster + QAT": "prune+cluster+qat+int8",
}
"""Recipes to begin with, by the labels of their buttons; the first is there at the beginning."""


def compose(index: StudyIndex, operators: pd.DataFrame | None = None) -> list[Recipe] | None:
    """Draws the stages and what they come to; returns the recipes when they are to be run.

    Args:
        index: Of a study with data.
        operators: Those of the float file, to be named by their numbers; None if not known.
    """
    if CONVERSION not in st.session_state:
        fill(parse(next(iter(STARTS.values()))))
    _draw_starts(index)
    steps = [step for kind in training_steps() if (step := _draw_stage(kind, index)) is not None]
    conversion = _draw_conversion(steps, index, operators)
    ends = [end for kind in packings() if (end := _draw_stage(kind, index)) is not None]
    with st.container(border=True, key=f"{KEY}.result"):
        recipe = _draw_result(steps, conversion, ends, index)
        recipes = sweep_form.show(recipe, index) if recipe else []
        pressed = st.button(
            "Run this recipe" if len(recipes) < 2 else f"Run {len(recipes)} recipes",
            type="primary",
            icon=":material/play_arrow:",
            key=f"{KEY}.run",
            disabled=not recipes,
        )
    return recipes if pressed else None


def fill(recipe: Recipe) -> None:
    """Sets the widgets to a recipe; called before they are drawn."""
    chosen = {step.name: step for step in recipe.steps}
    for kind in (*training_steps(), *packings()):
        st.session_state[f"{KEY}.{kind.name}"] = kind.name in chosen
    st.session_state[CONVERSION] = recipe.conversion.name
    for step in recipe.steps:
        for name in type(step).model_fields:
            st.session_state[f"{KEY}.{step.name}.{name}"] = getattr(step, name)


def _draw_starts(index: StudyIndex) -> None:
    """Ready-made recipes, and a place to paste one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Start from", width="content")
        for label, text in STARTS.items():
            recipe = parse(text)
            st.button(
                label,
                key=f"{KEY}.start.{recipe.slug}",
                on_click=partial(fill, recipe),
                disabled=_refusal(recipe, index) is not None,
            )
        with st.popover("Paste a recipe", icon=":material/content_paste:"):
            st.text_input(
                "Text form of a recipe",
                key=PASTED,
                placeholder="prune(final_sparsity=0.8)+int8",
                on_change=partial(_take_pasted, index),
            )
            _, reason = _read(st.session_state[PASTED], index)
            if st.session_state[PASTED] and reason:
                st.error(verbatim(reason), icon=":material/error:")


def _take_pasted(index: StudyIndex) -> None:
    """Turns the stages to the pasted recipe; one that cannot be used stays where it is."""
    recipe, _ = _read(st.session_state[PASTED], index)
    if recipe:
        fill(recipe)
        st.session_state[PASTED] = ""


def _read(text: str, index: StudyIndex) -> tuple[Recipe | None, str]:
    """The recipe that a text holds; or none, and why."""
    try:
        recipe = parse(text)
    except RecipeError as error:
        return None, str(error)
    if type(recipe.conversion) not in conversions():
        return None, "A finished file is no recipe to run. Add it under “A finished .tflite”."
    reason = _refusal(recipe, index)
    return (None, reason) if reason else (recipe, "")


def _refusal(recipe: Recipe, index: StudyIndex) -> str | None:
    """Why a recipe cannot be run on this model and data, as a sentence; None if it can."""
    assert index.dataset is not None  # noqa: S101 (the page asks for data first)
    return recipe.refusal(index.model.summary, index.dataset)


def _draw_stage(kind: type[Stage], index: StudyIndex) -> Stage | None:
    """One stage; its parameters when it is on. Returns the step, None if it is off."""
    reason = kind.misfit(index.model.summary, index.dataset)
    key = f"{KEY}.{kind.name}"
    if reason:
        st.session_state[key] = False
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            on = st.toggle(
                f"**{kind.label}**",
                key=key,
                disabled=bool(reason),
                persist_state=technique_form.KEPT,
                width=LABEL_WIDTH,
            )
            st.caption(f"Not possible: {verbatim(reason)}." if reason else kind.summary)
        if not on:
            return None
        return kind.model_validate(technique_form.draw(kind, key, COLUMNS))


def _draw_conversion(
    steps: list[TrainingTime], index: StudyIndex, operators: pd.DataFrame | None
) -> Conversion | str:
    """The last stage; a sentence where no conversion fits, or its parameters do not."""
    kinds = {kind.name: kind for kind in conversions()}
    reasons = {name: _misfit(steps, kind, index) for name, kind in kinds.items()}
    fitting = [name for name, reason in reasons.items() if reason is None]
    with st.container(border=True, gap="xsmall"):
        if not fitting:
            st.markdown("**Convert to**")
            _draw_reasons(reasons)
            return "No conversion fits these steps."
        if st.session_state[CONVERSION] not in fitting:
            st.session_state[CONVERSION] = "int8" if "int8" in fitting else fitting[0]
        name = st.radio(
            "**Convert to**",
            fitting,
            format_func=lambda name: kinds[name].label,
            key=CONVERSION,
            horizontal=True,
            persist_state=technique_form.KEPT,
        )
        kind = kinds[name]
        st.caption(kind.summary)
        _draw_reasons(reasons)
        values = technique_form.draw(kind, f"{KEY}.{name}", COLUMNS)
        if kind.numbers_operators:
            operator_list.show(operators)
        try:
            made = build(name, values)
        except RecipeError as error:
            return str(error)
        assert isinstance(made, Conversion)  # noqa: S101 (for the type checker)
        return made


def _misfit(steps: list[TrainingTime], kind: type[Conversion], index: StudyIndex) -> str | None:
    """Why a conversion cannot follow these steps on this model and data."""
    reason = kind.misfit(index.model.summary, index.dataset)
    if reason:
        return f"{reason}."
    try:
        Recipe((*steps, kind()))
    except RecipeError as error:
        return str(error).replace(kind.name, "this")
    return None


def _draw_reasons(reasons: dict[str, str | None]) -> None:
    """Greyed out: the conversions that do not fit, those with the same reason together."""
    for reason in dict.fromkeys(filter(None, reasons.values())):
        names = ", ".join(TECHNIQUES[name].label for name in reasons if reasons[name] == reason)
        st.caption(f":material/block: {names} – not possible: {verbatim(reason)}")


def _draw_result(
    steps: list[TrainingTime], conversion: Conversion | str, ends: list[Packing], index: StudyIndex
) -> Recipe | None:
    """The text form and the time, or why there is no recipe; returns it if it can be run."""
    if isinstance(conversion, str):
        st.error(verbatim(conversion), icon=":material/error:")
        return None
    try:
        recipe = Recipe((*steps, conversion, *ends))
    except RecipeError as error:
        st.error(verbatim(str(error)), icon=":material/error:")
        return None
    st.markdown("**Recipe**")
    st.code(str(recipe), language=None, wrap_lines=True)
    reason = _refusal(recipe, index)
    if reason:
        st.error(verbatim(reason), icon=":material/error:")
        return None
    for text in recipe.foretold(index.model.summary):
        st.caption(f":material/info: {verbatim(text)}")
    seconds = estimate_seconds(recipe, index)
    if seconds is not None:
        st.caption(f":material/schedule: {rough_duration(seconds).capitalize()} on this machine.")
    return recipe
