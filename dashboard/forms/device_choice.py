"""dashboard/forms/: the device whose latencies chart, table, limits and choice speak of."""

import streamlit as st

from dashboard.markdown import verbatim
from optimizer.choose.decide import decide
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study

KEY = "compare.device"
WIDTH = 360  # pixels


def show(study: Study) -> None:
    """Draws the choice where there is one; the study keeps it among its limits."""
    index = study.index
    if len(index.devices) < 2:
        return
    names = {one.id: one.name for one in index.devices}
    st.session_state[KEY] = _chosen(index)
    st.selectbox(
        "Latency on",
        list(names),
        key=KEY,
        format_func=lambda device: names.get(device, device),
        on_change=_on_choice,
        args=(study,),
        width=WIDTH,
        help="Chart, table, limits and the choice speak of this device.",
    )


def warn(study: Study) -> None:
    """Says what is wrong with what the chosen device measured."""
    index = study.index
    run = next((one for one in reversed(index.device_runs) if one.device == _chosen(index)), None)
    if run is None:
        return
    if run.throttled:
        st.warning(
            f"It throttled while it measured. {verbatim(' '.join(run.throttled))} Cool it, let "
            "nothing else run, and measure again.",
            icon=":material/thermostat:",
        )
    for file in run.files:
        if file.differs:
            st.error(
                f"**{verbatim(file.recipe)}**: {verbatim(file.differs)}", icon=":material/error:"
            )


def _chosen(index: StudyIndex) -> str:
    own = index.variants[0].device
    return index.limits.device or own or index.devices[0].id


def _on_choice(study: Study) -> None:
    device = st.session_state[KEY]
    own = study.index.variants[0].device
    limits = study.index.limits.model_copy(update={"device": None if device == own else device})
    decide(study, limits)
