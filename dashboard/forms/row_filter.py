"""dashboard/forms/: which of many variants are shown: by family, in the legend, verdict and text.

What is chosen stands in the address of the page.
"""

from collections.abc import Collection, Sequence
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.tables.wanted_rows import wanted
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer
from optimizer.export.charts.trade_off import VERDICT_LEGEND, legend
from optimizer.measure.inside.targets import TARGETS
from optimizer.techniques.family import Family

FEW = 8  # variants that need no more than the legend
KEY = "compare.filter"
FAMILIES = f"{KEY}.families"
IN_ADDRESS: Final = "query-params"
DOT = "inline-size:.6rem;block-size:.6rem;border-radius:50%;flex:none;margin-inline-end:.4rem"


def show(
    rows: Sequence[Comparison], choice: Choice, hidden: Collection[str], tools: DeltaGenerator
) -> list[Comparison]:
    """The legend, which filters, and of many variants a filter; those that fit, baseline first.

    Args:
        rows: All variants, the baseline first.
        choice: Its verdicts.
        hidden: Recipes that are shown only where that is asked for.
        tools: Where the filter's button stands.
    """
    families = _legend(legend(rows))
    text, verdicts, targets = "", [], []
    if len(rows) > FEW or hidden:
        with tools.popover("Filter", icon=":material/filter_alt:"):
            text = st.text_input(
                "Recipe has", key=f"{KEY}.text", placeholder="prune 0.7", bind=IN_ADDRESS,
                help="Parts of a recipe, in any order",
            )  # fmt: skip
            verdicts = st.multiselect(
                "Limits", [answer.value for answer in Answer], key=f"{KEY}.verdicts",
                placeholder="held, broken, open", bind=IN_ADDRESS,
            )  # fmt: skip
            targets = st.multiselect(
                "Runs on", _targets(rows), key=f"{KEY}.targets", placeholder="anything",
                bind=IN_ADDRESS, format_func=lambda key: key.replace("_", " "),
                help="By the published list of each target, as Inspect shows it",
            )  # fmt: skip
            if hidden and st.toggle(
                f"Show hidden ({len(hidden)})", key=f"{KEY}.hidden", bind=IN_ADDRESS
            ):
                hidden = ()
    found = wanted(rows, choice, families, verdicts, targets, text, hidden)
    if len(found) < len(rows):
        st.caption(f"{len(found)} of {len(rows)} variants, the baseline among them.")
    return found


def _legend(families: Sequence[Family]) -> list[str]:
    """Each family with its colour; those that are chosen, none of them is all of them."""
    colours = "".join(
        f".st-key-{FAMILIES.replace('.', '-')} button:nth-of-type({place})::before"
        f'{{content:"";background:{family.colour};{DOT}}}'
        for place, family in enumerate(families, 1)
    )
    st.html(f"<style>{colours}</style>")
    chosen: list[str] = st.pills(
        "Show only", [family.name for family in families], selection_mode="multi", key=FAMILIES,
        label_visibility="collapsed", bind=IN_ADDRESS,
    )  # fmt: skip
    marks = " ".join(
        f'<span style="margin-right:1.2em;white-space:nowrap">'
        f'<span style="color:{colour}">{mark}</span> {name}</span>'
        for colour, mark, name in VERDICT_LEGEND
    )
    st.html(f"<small>{marks}</small>")
    return chosen


def _targets(rows: Sequence[Comparison]) -> list[str]:
    """Those that at least one file fits, but not all."""
    fits = {
        key: [row.variant.runs_on.get(key) is True for row in rows] for key in TARGETS
    }  # fmt: skip
    return [key for key, found in fits.items() if any(found) and not all(found)]
