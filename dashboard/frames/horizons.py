"""dashboard/frames/: how far a forecast is off at each step ahead, beside the baseline's."""

import pandas as pd
import streamlit as st

from dashboard.figures import error_by_step
from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import CONFIG, in_ink
from dashboard.state.theme import theme
from dashboard.tables.exportable import exportable
from dashboard.tables.height import height
from optimizer.export import numbers
from optimizer.recipes import BASELINE_TEXT, parse
from optimizer.store.records import Variant

COLUMNS = {
    "Step": st.column_config.NumberColumn("Step ahead", width="small"),
    "MAE": st.column_config.NumberColumn(format="%.4g"),
    "RMSE": st.column_config.NumberColumn(format="%.4g"),
    "float32": st.column_config.NumberColumn("float32’s MAE", format="%.4g"),
    "Interval": st.column_config.TextColumn("95 % interval of the MAE"),
}


def show(variant: Variant, baseline: Variant) -> None:
    """A chart and a table; nothing where the variant has no such errors."""
    if not variant.horizons:
        return
    st.subheader("Errors by horizon")
    files = [(BASELINE_TEXT, baseline.horizons, NEUTRAL)]
    if variant.recipe != BASELINE_TEXT:
        files.append((variant.recipe, variant.horizons, parse(variant.recipe).family.colour))
    st.plotly_chart(
        in_ink(error_by_step.figure(files), theme()), key="horizons", config=CONFIG,
        alt="The error of each step ahead",
    )  # fmt: skip
    frame = table(variant, baseline)
    st.dataframe(
        frame, hide_index=True, height=height(len(frame)), column_config=COLUMNS,
        alt="The errors of each step ahead",
    )  # fmt: skip


@exportable
def table(variant: Variant, baseline: Variant) -> pd.DataFrame:
    """The errors of each step."""
    before = {one.step: one.mae.value for one in baseline.horizons}
    return pd.DataFrame(
        {
            "Step": [one.step for one in variant.horizons],
            "MAE": [one.mae.value for one in variant.horizons],
            "Interval": [numbers.interval(one.mae) for one in variant.horizons],
            "float32": [before.get(one.step) for one in variant.horizons],
            "RMSE": [one.rmse.value for one in variant.horizons],
        }
    )
