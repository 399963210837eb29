"""dashboard/forms/: a sweep: one recipe with several values of one of its numbers."""

import streamlit as st

from dashboard.forms import technique_form
from dashboard.markdown import verbatim
from optimizer.errors import RecipeError
from optimizer.jobs.estimate import estimate_seconds
from optimizer.recipes import Recipe
from optimizer.store.records import StudyIndex
from optimizer.sweeps import MOST, expand, swept
from optimizer.techniques.registry import TECHNIQUES
from optimizer.words import rough_duration

KEY = "optimize.sweep"
PARAMETER = f"{KEY}.parameter"
STEPS = 5


def show(recipe: Recipe, index: StudyIndex) -> list[Recipe]:
    """Draws the choice of a number and its values; the recipes, or the one without a sweep.

    Args:
        recipe: With the values of all other parameters; it can be run.
        index: Of a study with data.
    """
    numbers = {
        f"{step.name}.{name}": f"{TECHNIQUES[step.name].label}: {field.title}"
        for step in recipe.steps
        for name, field in step.declared().items()
        if field.annotation in {int, float}
    }
    with st.expander("Sweep: several values of one number"):
        chosen = st.selectbox(
            "Number", list(numbers), index=None, key=PARAMETER, placeholder="no sweep",
            format_func=lambda one: numbers[one],
        )  # fmt: skip
        if chosen is None:
            return [recipe]
        return _values(recipe, chosen, index)


def _values(recipe: Recipe, chosen: str, index: StudyIndex) -> list[Recipe]:
    """The first value, the last and how many; says what they come to."""
    step, _, name = chosen.partition(".")
    field = next(one for one in recipe.steps if one.name == step).declared()[name]
    low, high = technique_form.bounds(field)
    first, second, third = st.columns(3)
    begin, end = (
        place.number_input(
            label, low, high, value=value, key=f"{KEY}.{label}.{chosen}",
            format="%g" if field.annotation is float else None,
        )
        for place, label, value in ((first, "From", field.default), (second, "To", high))
    )  # fmt: skip
    steps = third.number_input("Steps", 2, MOST, STEPS, key=f"{KEY}.steps")
    text = swept(recipe, step, name, begin, end, steps)
    st.code(text, language=None, wrap_lines=True)
    try:
        recipes = list(expand(text))
    except RecipeError as error:
        st.error(verbatim(str(error)), icon=":material/error:")
        return []
    assert index.dataset is not None  # noqa: S101 (the page asks for data first)
    refusals = [one.refusal(index.model.summary, index.dataset) for one in recipes]
    reason = next(filter(None, refusals), None)
    if reason:
        st.error(verbatim(reason), icon=":material/error:")
        return []
    seconds = [estimate_seconds(one, index) for one in recipes]
    known = [one for one in seconds if one is not None]
    long = f", {rough_duration(sum(known))} on this machine" if len(known) == len(recipes) else ""
    st.caption(f"{len(recipes)} recipes{long}.")
    return recipes
