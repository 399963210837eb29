"""dashboard/frames/: how near each component of a file's outputs is to float32's."""

import pandas as pd
import streamlit as st

from dashboard.tables.exportable import exportable
from dashboard.tables.height import height
from optimizer.store.records import Variant

COLUMNS = {
    "Component": st.column_config.NumberColumn(width="small"),
    "Off": st.column_config.NumberColumn(
        "Of its spread", format="%.2f %%",
        help="The root mean square error, divided by the standard deviation of what float32 says",
    ),
    "Error": st.column_config.NumberColumn(
        "Root mean square", format="%.4g", help="In the unit of the component"
    ),
    "SNR": st.column_config.NumberColumn("SNR (dB)", format="%.1f"),
}  # fmt: skip


def show(variant: Variant) -> None:
    """A table, the furthest off first; nothing where no output has several components."""
    frame = table(variant)
    if frame.empty:
        return
    st.subheader("Component by component")
    st.dataframe(
        frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
        alt="How near each component is to float32’s",
    )  # fmt: skip
    st.caption(
        "Beside what float32 says, the furthest off first: a mean over all hides a component of a "
        "small unit."
    )


@exportable
def table(variant: Variant) -> pd.DataFrame:
    """Every component of every output."""
    frame = pd.DataFrame(
        [
            {
                "Output": one.output,
                "Component": part.number,
                "Off": None if part.of_spread is None else 100 * part.of_spread,
                "Error": part.error,
                "SNR": part.snr_db,
            }
            for one in variant.near
            for part in one.components
        ]
    )
    if frame.empty:
        return frame
    return frame.sort_values("Off", ascending=False, na_position="last", kind="stable")
