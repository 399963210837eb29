"""dashboard/frames/: the headline of the Compare page: the smallest and the fastest file."""

from collections.abc import Sequence

import streamlit as st

from optimizer.choose.comparison import Comparison
from optimizer.choose.recommend import recommended, smallest
from optimizer.export import numbers


def show(rows: Sequence[Comparison]) -> None:
    """What is recommended, in two boxes; nothing where no variant is known to lose nothing."""
    least = smallest(rows)
    if least is None:
        return
    small, fast = st.columns(2, border=True)
    with small:
        _show_smallest(least, rows[0])
    fastest = recommended(rows)
    if fastest.variant.latency:
        with fast:
            _show_fastest(fastest)


def _show_smallest(row: Comparison, baseline: Comparison) -> None:
    size = row.variant.size_bytes
    st.caption("Smallest without a visible loss")
    st.markdown(f"### {row.variant.recipe}")
    times = baseline.variant.size_bytes / size
    st.markdown(f"{numbers.size(size)}, {times:.1f}× smaller than float32")


def _show_fastest(row: Comparison) -> None:
    variant = row.variant
    median = variant.latency.median_ms if variant.latency else None
    st.caption("Fastest without a visible loss, on this machine’s CPU")
    st.markdown(f"### {variant.recipe}")
    st.markdown(
        f"{numbers.ratio(variant.latency)}, {numbers.milliseconds(median)}, "
        f"{numbers.size(variant.size_bytes)}"
    )
