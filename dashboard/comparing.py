"""dashboard/: the state of the Compare page: its rows, and which one is chosen."""

from collections.abc import Sequence

import streamlit as st

from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.words import SIGNIFICANT
from optimizer.export import numbers
from optimizer.studies.study import Study

TABLE = "compare.table"
CHART = "compare.chart"
SELECTED = "compare.selected"


@st.cache_data(max_entries=16, show_spinner=False)
def _rows(study_id: str, keys: tuple[object, ...], _study: Study) -> list[Comparison]:
    del study_id, keys
    return compare(_study)


def rows(study: Study) -> list[Comparison]:
    """All variants beside the baseline; computed anew only when a variant has changed."""
    keys = tuple((variant.key, variant.latency) for variant in study.index.variants)
    return _rows(study.index.id, keys, study)


def selected(study: Study) -> str | None:
    """The recipe of the chosen variant; None if none is chosen."""
    recipe = st.session_state.get(SELECTED)
    return recipe if recipe and study.variant(recipe) else None


def on_table(shown: Sequence[Comparison]) -> None:
    """Called when a row of the table is chosen."""
    chosen = st.session_state[TABLE]["selection"]["rows"]
    st.session_state[SELECTED] = shown[chosen[0]].variant.recipe if chosen else None


def on_chart() -> None:
    """Called when a point of the chart is chosen."""
    points = st.session_state[CHART]["selection"]["points"]
    st.session_state[SELECTED] = points[0]["customdata"] if points else None


def say_best(shown: Sequence[Comparison]) -> None:
    """The headline: the smallest file without a real loss."""
    harmless = [row for row in shown if _harmless(row)]
    if len(shown) < 2 or not harmless:
        return
    best = min(harmless, key=lambda row: row.variant.size_bytes)
    variant, baseline = best.variant, shown[0].variant
    times = baseline.size_bytes / variant.size_bytes
    st.markdown(
        f"**{variant.recipe}** is the smallest file without a loss that can be seen: "
        f"{numbers.size(variant.size_bytes)}, {times:.1f}× smaller than float32, "
        f"{numbers.ratio(variant.latency)} on this machine’s CPU."
    )


def _harmless(row: Comparison) -> bool:
    difference = row.difference
    if difference is None or difference.value is None or difference.p_adjusted is None:
        return False
    return difference.p_adjusted >= SIGNIFICANT or difference.value >= 0
