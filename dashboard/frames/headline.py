"""dashboard/frames/: the headline of the Compare page: the choice, its proof, and the fastest."""

from collections.abc import Sequence

import streamlit as st

from dashboard.markdown import verbatim
from optimizer.choose.choice import Choice
from optimizer.choose.choice_in_words import in_words, loss_in_words, sets_tried
from optimizer.choose.comparison import Comparison
from optimizer.choose.recommend import fastest, recommended
from optimizer.export import numbers
from optimizer.store.records import StudyIndex


def show(rows: Sequence[Comparison], choice: Choice, index: StudyIndex) -> None:
    """What to take, in two boxes; where nothing but the baseline is proved, what is missing."""
    chosen = recommended(rows, choice)
    if len(rows) < 2:
        return
    if chosen is rows[0]:
        st.info(verbatim(in_words(choice, index)), icon=":material/balance:")
    else:
        small, fast = st.columns(2, border=True)
        with small:
            _show_choice(chosen, rows[0], choice, index)
        quickest = fastest(rows, choice)
        if quickest:
            with fast:
                _show_fastest(quickest)
    note = sets_tried(index)
    if note:
        st.caption(f":material/warning: {verbatim(note)}")


def _show_choice(row: Comparison, baseline: Comparison, choice: Choice, index: StudyIndex) -> None:
    size = row.variant.size_bytes
    st.caption("The choice: the smallest that is proved to hold the limits")
    st.markdown(f"### {verbatim(row.variant.recipe)}")
    times = baseline.variant.size_bytes / size
    st.markdown(f"{numbers.size(size)}, {times:.1f}× smaller than float32")
    loss = loss_in_words(choice.of(row.variant.recipe).loss, choice, index)
    st.caption(verbatim(f"{loss[:1].upper()}{loss[1:]}."))


def _show_fastest(row: Comparison) -> None:
    variant = row.variant
    median = variant.latency.median_ms if variant.latency else None
    st.caption("The fastest that is proved to hold them, on this machine’s CPU")
    st.markdown(f"### {verbatim(variant.recipe)}")
    st.markdown(
        f"{numbers.ratio(variant.latency)}, {numbers.milliseconds(median)}, "
        f"{numbers.size(variant.size_bytes)}"
    )
