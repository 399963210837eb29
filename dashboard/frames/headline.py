"""dashboard/frames/: the headline of the Compare page: the choice, its proof, and other bests."""

from collections.abc import Sequence

import streamlit as st

from dashboard.markdown import verbatim
from optimizer.choose.choice import Choice
from optimizer.choose.choice_in_words import in_words, loss_in_words, sets_tried
from optimizer.choose.comparison import Comparison
from optimizer.choose.on_device import several_devices
from optimizer.choose.recommend import best, recommended
from optimizer.export import numbers
from optimizer.export.files import download_name
from optimizer.store.study import Study

KEY = "compare.best"


def show(study: Study, rows: Sequence[Comparison], choice: Choice) -> None:
    """What to take, a box each; where nothing but the baseline is proved, what is missing."""
    chosen = recommended(rows, choice)
    if len(rows) < 2:
        return
    if chosen is rows[0]:
        st.info(verbatim(in_words(choice, study.index)), icon=":material/balance:")
    else:
        _show_boxes(study, rows, choice)
    note = sets_tried(study.index)
    if note:
        st.caption(f":material/warning: {verbatim(note)}")


def _show_boxes(study: Study, rows: Sequence[Comparison], choice: Choice) -> None:
    """The choice, and beside it the best in other ways; one that is the choice has no box more."""
    chosen, found = recommended(rows, choice), best(rows, choice)
    others = {
        "most accurate": ("The most accurate that is proved to hold them", found.accurate),
        "smallest": ("The smallest that is proved to hold them", found.smallest),
        "fastest": (
            f"The fastest that is proved to hold them, on {_device(study, rows)}",
            found.fastest,
        ),
    }
    boxes = {
        name: (caption, row)
        for name, (caption, row) in others.items()
        if row is not None and not (name == "smallest" and row is chosen)
    }
    first, *places = st.columns(1 + len(boxes), border=True)
    with first:
        smallest = "the smallest" if found.smallest is chosen else "the one"
        st.caption(f"The choice: {smallest} that is proved to hold the limits")
        st.markdown(f"### {verbatim(chosen.variant.recipe)}")
        size = chosen.variant.size_bytes
        times = rows[0].variant.size_bytes / size
        st.markdown(f"{numbers.size(size)}, {times:.1f}× smaller than float32")
        loss = loss_in_words(choice.of(chosen.variant.recipe).loss, choice, study.index)
        st.caption(verbatim(f"{loss[:1].upper()}{loss[1:]}."))
        _offer(study, chosen, "choice")
    for place, (name, (caption, row)) in zip(places, boxes.items(), strict=True):
        with place:
            st.caption(caption)
            st.markdown(f"### {verbatim(row.variant.recipe)}")
            st.markdown(_in_numbers(row, name, is_baseline=row is rows[0]))
            _offer(study, row, name)


def _device(study: Study, rows: Sequence[Comparison]) -> str:
    """Of the latencies: its name where there are several, else that it is this machine."""
    return verbatim(several_devices(study.index, rows[0].variant)) or "this machine’s CPU"


def _in_numbers(row: Comparison, name: str, *, is_baseline: bool) -> str:
    """What it is the best in comes first."""
    variant = row.variant
    if name == "most accurate":
        reached = numbers.metric(variant.metric)
        if variant.metric is None:
            agreement = variant.fidelity.agreement if variant.fidelity else None
            reached = f"{numbers.share(agreement)} agreement"
        elif row.difference:
            reached += f" ({numbers.change(variant.metric.name, row.difference)})"
        return f"{reached}, {numbers.size(variant.size_bytes)}"
    median = variant.latency.median_ms if variant.latency else None
    speed = "the baseline" if is_baseline else numbers.ratio(variant.latency)
    return f"{speed}, {numbers.milliseconds(median)}, {numbers.size(variant.size_bytes)}"


def _offer(study: Study, row: Comparison, name: str) -> None:
    st.download_button(
        f"Download the {name}",
        data=(study.folder / row.variant.file).read_bytes,
        file_name=download_name(study.index, row.variant),
        mime="application/octet-stream",
        on_click="ignore",
        type="primary" if name == "choice" else "secondary",
        icon=":material/download:",
        key=f"{KEY}.{name}",
    )
