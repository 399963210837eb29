"""dashboard/frames/: the devices of a study: what each is, and how it was when it measured."""

from collections.abc import Sequence

import streamlit as st

from dashboard.markdown import verbatim
from dashboard.tables import device_table
from dashboard.tables.height import height
from optimizer.choose.across_devices import rank_differences
from optimizer.devices.device import Device
from optimizer.devices.measured import DeviceRun
from optimizer.export.device_lines import state_in_words
from optimizer.store.device_runs import runs_on
from optimizer.store.records import StudyIndex
from optimizer.words import counted

ACROSS = 3  # cards beside each other
TIME = 110  # pixels of a column of times


def show(index: StudyIndex) -> None:
    """A table of all numbers, what differs between devices, and a card for each."""
    st.subheader("What each device has measured")
    frame = device_table.across(index)
    st.dataframe(
        frame,
        hide_index=True,
        height=height(len(frame)),
        column_config={
            "Recipe": st.column_config.TextColumn(pinned=True),
            **{
                name: st.column_config.NumberColumn(
                    width=TIME, format="%.3f ms", help=f"On {verbatim(name)}, one thread"
                )
                for name in device_table.names(index).values()
            },
        },
        alt="The latency of each variant on each device",
    )
    for sentence in rank_differences(index):
        st.warning(verbatim(sentence), icon=":material/swap_vert:")
    for at in range(0, len(index.devices), ACROSS):
        for place, device in zip(st.columns(ACROSS), index.devices[at : at + ACROSS], strict=False):
            with place, st.container(border=True, height="stretch"):
                _card(index, device)


def _card(index: StudyIndex, device: Device) -> None:
    st.markdown(f"**{verbatim(device.name)}**")
    told = dict.fromkeys((device.board, device.cpu, counted(device.cores, "core"), device.system))
    told.pop("", None)
    told.pop(device.name, None)
    st.caption(verbatim(" · ".join(told)))
    if device.by == "app":
        timed = sum(one.device == device.id for one in index.variants if one.latency)
        st.markdown(f"Measured by Liteweigh itself: {counted(timed, 'variant')}.")
        return
    runs: Sequence[DeviceRun] = list(runs_on(index, device.id))
    if not runs:
        return
    last = runs[0]
    st.markdown(
        f"Measured with a bundle, {counted(len(runs), 'run')}, last {last.began:%-d %B %Y, %H:%M} "
        "by its clock."
    )
    state = state_in_words(last.before, last.after)
    st.caption(verbatim(f"{state[:1].upper()}{state[1:]}."))
    if last.throttled:
        said = f"It throttled while it measured. {' '.join(last.throttled)}"
        st.warning(verbatim(said), icon=":material/thermostat:")
    broken = [one for one in last.files if one.error or one.differs]
    for one in broken:
        said = f"cannot be run there: {one.error}." if one.error else one.differs
        st.error(f"**{verbatim(one.recipe)}**: {verbatim(said)}", icon=":material/error:")
    if not broken:
        st.markdown(
            f":green[:material/check_circle:] All {counted(len(last.files), 'file')} give the same "
            "outputs there as here."
        )
