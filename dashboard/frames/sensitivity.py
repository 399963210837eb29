"""dashboard/frames/: what int8 costs each operator of the float file; measured when asked for."""

from functools import partial

import streamlit as st

from dashboard.figures import operator_noise
from dashboard.figures.house_style import CONFIG
from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.tables import sensitivity_table
from dashboard.tables.height import height
from optimizer.errors import LiteweighError
from optimizer.export.sensitivity_lines import float_times, in_words
from optimizer.jobs.estimate import metric_seconds
from optimizer.measure.sensitivity import Sensitivity
from optimizer.store.sensitivity_file import kept_sensitivity
from optimizer.store.study import Study
from optimizer.techniques.mixed import Mixed
from optimizer.words import rough_duration

WHAT = (
    "Each operator of the float file is tried alone in int8, and alone in float where all others "
    "are int8; 32 samples tell how far the outputs are off."
)


def show(study: Study, place: str) -> None:
    """What was measured, or a button that has it measured.

    Args:
        study: One with data.
        place: Of the page, for the widgets' keys.
    """
    reason = Mixed.misfit(study.index.model.summary, study.index.dataset)
    if reason:
        st.info(f"Not possible: {verbatim(reason)}.", icon=":material/info:")
        return
    found = kept_sensitivity(study)
    asked = f"{place}.asked"
    if found is None:
        st.caption(WHAT)
    if found is None or not found.metric:
        _draw_buttons(study, asked, again=found is not None)
    wanted = st.session_state.get(asked)
    if wanted is not None and (found is None or (wanted == "metric" and not found.metric)):
        found = operations.result(
            place,
            (study.index.id, wanted, len(study.index.jobs)),
            partial(engine().sensitivity, study, metric=wanted == "metric"),
        )
    if found is not None:
        _draw(study, found, place)


def _draw_buttons(study: Study, asked: str, *, again: bool) -> None:
    seconds = metric_seconds(study.index)
    dataset = study.index.dataset
    labelled = dataset is not None and dataset.tuning > 0 and dataset.first_metric is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        if not again and st.button("Measure", key=f"{asked}.snr", icon=":material/graphic_eq:"):
            st.session_state[asked] = "snr"
        if labelled and seconds is not None:
            label = f"With the metric, {rough_duration(seconds)}"
            if st.button(label, key=f"{asked}.metric", icon=":material/schedule:"):
                st.session_state[asked] = "metric"


def _draw(study: Study, found: Sensitivity, place: str) -> None:
    st.plotly_chart(
        operator_noise.figure(found), key=f"{place}.figure", config=CONFIG,
        alt="Signal to noise of the outputs for each operator",
    )  # fmt: skip
    st.markdown(verbatim(in_words(found)))
    for one in found.loudest():
        for cause in one.causes:
            st.markdown(f"- **{one.number} {verbatim(one.name)}**: {verbatim(cause)}")
    try:
        times = float_times(study, found)
    except LiteweighError:
        times = {}
    with st.expander(f"Each of the {len(found.operators):,} operators"):
        st.dataframe(
            sensitivity_table.operators(found, times), hide_index=True,
            height=height(len(found.operators)), alt="Sensitivity of every operator",
        )  # fmt: skip
