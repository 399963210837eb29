"""dashboard/: the state of the Compare page: its rows, and which one is chosen."""

from collections.abc import Sequence

import streamlit as st

from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.why_slower import why_slower as explain
from optimizer.choose.words import SIGNIFICANT
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.measure.metrics import METRICS
from optimizer.store.profile_files import read_profile
from optimizer.store.records import Variant
from optimizer.store.study import Study

TABLE = "compare.table"
CHART = "compare.chart"
SELECTED = "compare.selected"
POLL_SECONDS = 1.0


@st.cache_data(max_entries=16, show_spinner=False)
def _rows(study_id: str, keys: tuple[object, ...], _study: Study) -> list[Comparison]:
    del study_id, keys
    return compare(_study)


def rows(study: Study) -> list[Comparison]:
    """All variants beside the baseline; computed anew only when a variant has changed."""
    return _rows(study.index.id, rows_key(study), study)


def watch(study: Study) -> None:
    """Says what is still running, and brings in results as they come."""
    if any(job.status.active for job in study.index.jobs):
        st.fragment(_watch, run_every=POLL_SECONDS)(study, rows_key(study))


def _watch(study: Study, shown: tuple[object, ...]) -> None:
    if rows_key(study) != shown:
        st.rerun()
    active = sum(job.status.active for job in study.index.jobs)
    st.caption(f":material/sync: {active} still running or waiting; results appear here.")


def rows_key(study: Study) -> tuple[object, ...]:
    """What changes when a variant, a measurement or the state of a job changes."""
    active = sum(job.status.active for job in study.index.jobs)
    return (active, *((variant.key, variant.latency) for variant in study.index.variants))


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


def turn_table(shown: Sequence[Comparison], study: Study) -> None:
    """Marks the chosen variant's row, however it was chosen; called before the table is drawn."""
    recipes = [row.variant.recipe for row in shown]
    chosen = selected(study)
    rows = [recipes.index(chosen)] if chosen in recipes else []
    marked = st.session_state[TABLE]["selection"]["rows"] if TABLE in st.session_state else []
    if marked != rows:
        st.session_state[TABLE] = {"selection": {"rows": rows}}


def show_best(shown: Sequence[Comparison]) -> None:
    """The headline: the smallest and the fastest file without a loss that can be seen."""
    harmless = [row for row in shown if _harmless(row)]
    if not harmless:
        return
    baseline = shown[0].variant
    smallest = min(harmless, key=lambda row: row.variant.size_bytes).variant
    smaller, faster = st.columns(2, border=True)
    times = baseline.size_bytes / smallest.size_bytes
    with smaller:
        st.caption("Smallest without a visible loss")
        st.markdown(f"### {smallest.recipe}")
        st.markdown(f"{numbers.size(smallest.size_bytes)}, {times:.1f}× smaller than float32")
    fastest = recommended(shown).variant
    if fastest.latency:
        with faster:
            st.caption("Fastest without a visible loss, on this machine’s CPU")
            st.markdown(f"### {fastest.recipe}")
            st.markdown(
                f"{numbers.ratio(fastest.latency)}, {numbers.milliseconds(_median(fastest))}, "
                f"{numbers.size(fastest.size_bytes)}"
            )


def recommended(shown: Sequence[Comparison]) -> Comparison:
    """What to offer before anything is chosen: the fastest file without a visible loss."""
    harmless = [row for row in shown if _harmless(row)]
    return min(harmless, key=lambda row: _median(row.variant), default=shown[0])


def why_slower(study: Study, variant: Variant) -> str | None:
    """Why a variant is slower than the baseline, from their profiles; None if it is not."""
    try:
        measured, baseline = (
            read_profile(study, each) for each in (variant, study.index.variants[0])
        )
    except LiteweighError:
        return None
    return explain(variant, measured, baseline)


def _median(variant: Variant) -> float:
    latency = variant.latency
    return latency.median_ms if latency and latency.median_ms else float("inf")


def _harmless(row: Comparison) -> bool:
    """Whether no loss can be seen; without labels nobody knows."""
    difference = row.difference
    if difference is None or difference.value is None or difference.p_adjusted is None:
        return False
    metric = row.variant.metric
    sign = 1 if metric and METRICS[metric.name].higher_is_better else -1
    return difference.p_adjusted >= SIGNIFICANT or sign * difference.value >= 0
