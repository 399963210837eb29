"""dashboard/frames/: what each file reaches at each output, where several have labels."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.tables.exportable import exportable
from dashboard.tables.height import height
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Variant
from optimizer.words import in_sentence

MOST_ROWS, TALL = 12, 460


def show(rows: Sequence[Comparison]) -> None:
    """A table, a row for each output of each file; nothing where there is one output to judge."""
    judged = [row.variant for row in rows if row.variant.outputs]
    if not judged:
        return
    st.subheader("Output by output")
    frame = table(judged)
    st.dataframe(
        frame, hide_index=True, height=height(len(frame), MOST_ROWS, TALL),
        alt="What each file reaches at each output",
    )  # fmt: skip
    st.caption(
        "The first output of each file is the headline’s: limits and the choice speak of it."
    )


@exportable
def table(variants: Sequence[Variant]) -> pd.DataFrame:
    """Metric, interval and likeness to float32 of each output of each variant."""
    return pd.DataFrame(
        [
            {
                "Output": one.output,
                "Recipe": variant.recipe,
                "Metric": METRICS[one.metric.name].title,
                "Value": numbers.metric(one.metric),
                "95 % interval": numbers.interval(one.metric),
                "Agreement with float32": numbers.share(one.fidelity.agreement),
                "SNR": numbers.decibels(one.fidelity.snr_db),
                "Others": "; ".join(
                    f"{in_sentence(METRICS[other.name].title)} {numbers.metric(other)}"
                    for other in one.others
                    if other.value is not None
                ),
            }
            for variant in variants
            for one in variant.outputs
        ]
    )
