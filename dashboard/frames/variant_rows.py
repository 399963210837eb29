"""dashboard/frames/: all variants in numbers: a table whose rows are chosen, on a phone cards."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.forms import table_view
from dashboard.forms.table_view import View
from dashboard.frames import variant_cards
from dashboard.server.downloads import url
from dashboard.state import selection
from dashboard.tables import variant_table
from dashboard.tables.arranged import arranged, counted, group_of
from dashboard.tables.height import height
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.choose.on_device import several_devices
from optimizer.measure.metrics import METRICS
from optimizer.store.study import Study

MOST_VARIANTS, TALL_VARIANTS = 15, 500  # rows of the table that is shown whole; else pixels
ALWAYS = ("Group", "Download", "Name")


def show(
    study: Study,
    rows: Sequence[Comparison],
    choice: Choice,
    marks: Mapping[str, str],
    tools: DeltaGenerator,
) -> None:
    """All numbers; choosing a row chooses its point.

    Args:
        study: Whose variants they are.
        rows: Those that are shown, the baseline first.
        choice: Its verdicts.
        marks: What recipes are the best in.
        tools: Where the button of the view stands.
    """
    links = [url(study, row.variant) for row in rows]
    remarks = study.index.remarks
    notes = {one.recipe: f"📌 {one.note}".strip() if one.pinned else one.note for one in remarks}
    table = variant_table.variants(rows, links, choice, marks, notes)
    titles = variant_table.titles(rows, several_devices(study.index, rows[0].variant))
    view = table_view.show(titles, tools)
    groups = [group_of(row, choice, view.grouping) for row in rows] if view.grouping else None
    pinned = {one.recipe for one in remarks if one.pinned}
    first = {place for place, row in enumerate(rows) if row.variant.recipe in pinned}
    order = arranged(table, view.sort, groups, first, largest_first=view.largest_first)
    if groups:
        table.insert(0, "Group", counted(groups))
    shown = [rows[place] for place in order]
    selection.turn_table(shown, study)
    variant_cards.show(study, shown, choice, marks)
    st.container(key=variant_cards.TABLE).dataframe(
        table.iloc[order].reset_index(drop=True),
        key=selection.TABLE,
        on_select=lambda: selection.on_table(shown),
        selection_mode="single-row",
        hide_index=True,
        placeholder="–",
        height=height(len(rows), MOST_VARIANTS, TALL_VARIANTS),
        column_order=_columns(table, view),
        column_config=_config(rows, titles),
    )


def _columns(table: pd.DataFrame, view: View) -> list[str]:
    """The names of the columns that are shown."""
    wanted = view.columns or variant_table.telling(table)
    return [name for name in table.columns if name in ALWAYS or name in wanted]


def _config(rows: Sequence[Comparison], titles: Mapping[str, str]) -> dict[str, Any]:
    metric = rows[0].variant.metric
    share = metric is not None and METRICS[metric.name].share
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    config: dict[str, Any] = {
        "Group": text(pinned=True),
        "Download": st.column_config.LinkColumn(
            "File", display_text=":material/download:", width=52, pinned=True
        ),
        "Name": text(pinned=True),
        "Recipe": text(width=200),
        "Limits": text(
            help="Whether it is proved that the file holds the limits: held, broken, or open "
            "where more samples or measurements are needed"
        ),
        "Best": text(
            width=110,
            help="Of those that are proved to hold the limits, the baseline among them",
        ),
        "Size": number(format="%.0f KB"),
        "Gzip": number(format="%.0f KB", help="What a download or an app package carries"),
        "Arena": number(
            format="%.1f KB", help="The most that activations take at once, as TFLite Micro plans"
        ),
        "Metric": number(format="%.2f %%" if share else "%.4g"),
        "Interval": text(help="Where the true value lies, from this many samples"),
        "Change": number(
            format="%+.2f pt" if share else "%+.3g", help="Against the float32 baseline"
        ),
        "Agreement": number(
            format="%.1f %%", help="How often the top class is the float model's"
        ),
        "Latency": number(
            width=100,
            format="%.3f ms",
            help=f"{titles['Latency']}: median of one inference, one thread, on a CPU",
        ),
        "Speed": number(
            format="%.2f×", help="Times as fast as the float32 baseline; below 1 is slower"
        ),
        "Note": text(help="What you wrote on it; pinned variants stand first"),
        "Warnings": text(help="What is wrong with the file"),
        "Sparsity": number(
            format="%.1f %%", help="Share of zeros among all weights of the file"
        ),
        "Unique": number(
            format="%d",
            help="Different values in the weight tensor that has most of them. “Inside the "
            "file” counts them per channel, as clusters should be",
        ),
    }  # fmt: skip
    for name, title in titles.items():
        config[name]["label"] = title
    return config
