"""dashboard/frames/: latency in every setting, where it was measured, and measuring it again."""

from collections.abc import Sequence

import streamlit as st

from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.state import session
from dashboard.tables import latency_table
from dashboard.tables.height import height
from optimizer.choose.comparison import Comparison
from optimizer.choose.foreign import foreign, timed_on
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.records import Variant
from optimizer.store.study import Study

WITHOUT_XNNPACK = "compare.without_xnnpack"
MILLISECONDS = st.column_config.NumberColumn(format="%.3f ms")
COLUMNS = {
    "Recipe": st.column_config.TextColumn(pinned=True),
    "Median": MILLISECONDS,
    "p90": MILLISECONDS,
    "p99": MILLISECONDS,
    "Smallest": MILLISECONDS,
    "CPU": st.column_config.NumberColumn(
        "CPU time", format="%.3f ms", help="Of the thread that runs it; other load hardly shows"
    ),
    "First": st.column_config.NumberColumn(
        "First run", format="%.2f ms", help="Load, allocate and the first inference"
    ),
    "Ratio": st.column_config.NumberColumn(
        "Against float32", format="%.3f", help="Time over float32’s in the same setting"
    ),
    "Interval": st.column_config.TextColumn("95 % interval"),
    "Timings": st.column_config.NumberColumn(format="localized"),
    "Preempted": st.column_config.NumberColumn(
        format="localized", help="In how many the system took the CPU away"
    ),
    "Ended": st.column_config.TextColumn(
        "Stopped because", help="The ratio’s interval was narrow enough, or the time was up"
    ),
}


def show_origin(study: Study) -> None:
    """Says it where latencies come from another machine, and offers to measure on this one."""
    other = foreign(study)
    if other is None or session.operation():
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/computer: Latencies come from another machine: **{verbatim(other.cpu)}**, "
            f"{other.cores} cores. This one may rank the variants differently."
        )
        if st.button("Measure on this machine", key="compare.measure_here"):
            measure(study)


def show_untimed(study: Study) -> None:
    """Offers to time what is there where all jobs have failed, with which it would have been."""
    index = study.index
    if index.variants[0].latency or not index.jobs or index.model.summary.select_tf_ops:
        return
    if session.operation() or any(job.status.active for job in index.jobs):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            ":material/timer_off: Nothing was timed: files are timed together once one is made, "
            "and no job ended well."
        )
        if st.button("Measure latency", key="compare.measure_untimed"):
            measure(study)


def show_settings(study: Study, rows: Sequence[Comparison]) -> None:
    """Every setting in a table, and the way to measure all anew."""
    with st.expander("Latency in every setting"):
        frame = latency_table.settings(rows)
        if len(frame):
            st.dataframe(
                frame, hide_index=True, height=height(len(frame)),
                column_config=COLUMNS, alt="Latency in every setting",
            )  # fmt: skip
        active = any(job.status.active for job in study.index.jobs) or session.operation()
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Measure again", icon=":material/timer:", disabled=bool(active)):
                measure(study)
            st.toggle(
                "Also without XNNPACK", key=WITHOUT_XNNPACK,
                help="XNNPACK is the set of fast CPU kernels that LiteRT uses by default",
            )  # fmt: skip


def in_words(variant: Variant, device: str = "") -> str:
    """The ratio to the baseline with its interval, then the time and where it was taken.

    Args:
        variant: With its latency.
        device: What the device that measured it is called; empty: by its CPU.
    """
    latency = variant.latency
    if latency is None or latency.median_ms is None:
        return "It was not timed."
    inputs = ", on random inputs" if variant.random_inputs else ""
    device = device or timed_on(variant).cpu
    time = (
        f"{numbers.milliseconds(latency.median_ms)} on {verbatim(device)}, "
        f"{latency_table.setting(latency)}{inputs}"
    )
    if variant.recipe == BASELINE_TEXT:
        return f"{time}."
    compared = numbers.ratio(latency)
    if compared == numbers.NONE:
        return f"{time}; the baseline could not be timed."
    compared = "The same speed as" if compared == "same speed" else f"{compared} than"
    interval = numbers.ratio_interval(latency)
    sure = "" if interval == numbers.NONE else f" (95 % interval {interval})"
    return f"{compared} float32{sure}: {time}."


def measure(study: Study) -> None:
    """Has all variants timed together, on this machine."""
    without = bool(st.session_state.get(WITHOUT_XNNPACK))
    try:
        session.begin(engine().measure_again(study, without_xnnpack=without))
    except LiteweighError as error:
        session.say(str(error), "")
    st.rerun()
