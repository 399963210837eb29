"""dashboard/forms/: what the user may lose and has room for."""

from typing import get_args

import streamlit as st

from dashboard.markdown import verbatim
from optimizer.choose.choice import default
from optimizer.choose.decide import decide
from optimizer.choose.loss_unit import headline, unit_of
from optimizer.export.limits_in_words import limits_in_words
from optimizer.measure.inside.targets import TARGETS
from optimizer.store.limits import Io, Limits, Loss
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study

KEY = "compare.limits"
KILO = 1000


def show(study: Study) -> None:
    """The study's limits in one line, and behind it a form that changes them."""
    index = study.index
    limits = st.popover(f"Limits: {verbatim(limits_in_words(index))}", icon=":material/rule:")
    with limits, st.form(f"{KEY}.form", border=False):
        new = _fields(index)
        if st.form_submit_button("Set limits", type="primary", key=f"{KEY}.set"):
            decide(study, new)
            st.rerun()


def _fields(index: StudyIndex) -> Limits:
    limits = index.limits
    loss = limits.loss or default(index)
    unit = unit_of(loss, headline(index))
    first, second, third, fourth = st.columns(4)
    lost = first.number_input(
        f"Loss, {unit.name or 'units'}", min_value=0.0, step=0.1, key=f"{KEY}.loss",
        value=float(f"{loss.value * unit.scale:.6g}"),
        help="Against the float32 baseline, on the evaluation samples",
    )  # fmt: skip
    size = second.number_input(
        "Size, KB", min_value=0.001, value=_kilo(limits.size_bytes), step=10.0, key=f"{KEY}.size",
        placeholder="no limit",
    )  # fmt: skip
    memory = third.number_input(
        "Arena, KB", min_value=0.001, value=_kilo(limits.memory_bytes), step=1.0,
        key=f"{KEY}.memory", placeholder="no limit",
        help="Memory for activations, computed from the file",
    )  # fmt: skip
    latency = fourth.number_input(
        "Latency, ms", min_value=0.001, value=limits.latency_ms, step=0.1, key=f"{KEY}.latency",
        placeholder="no limit", format="%.3f", help="On the machine that timed this study",
    )  # fmt: skip
    packed = second.checkbox("after gzip", value=limits.packed, key=f"{KEY}.packed")
    ratio = fourth.number_input(
        "Latency, × float32", min_value=0.01, value=limits.latency_ratio, step=0.1,
        key=f"{KEY}.ratio", placeholder="no limit", format="%.2f",
        help="1 is as fast as the float32 baseline, 0.5 twice as fast",
    )  # fmt: skip
    io = third.selectbox(
        "Inputs and outputs", get_args(Io), key=f"{KEY}.io", placeholder="no limit",
        index=get_args(Io).index(limits.io) if limits.io else None,
    )  # fmt: skip
    must_run = st.multiselect(
        "Must run on", list(TARGETS), default=list(limits.must_run), key=f"{KEY}.must_run",
        placeholder="no limit",
    )  # fmt: skip
    return limits.model_copy(
        update={
            "loss": Loss(value=lost / unit.scale, relative=loss.relative),
            "size_bytes": _bytes(size),
            "packed": packed,
            "memory_bytes": _bytes(memory),
            "latency_ms": latency,
            "latency_ratio": ratio,
            "must_run": tuple(must_run),
            "io": io,
        }
    )


def _kilo(count: int | None) -> float | None:
    return None if count is None else count / KILO


def _bytes(kilo: float | None) -> int | None:
    return None if kilo is None else round(kilo * KILO)
