"""dashboard/forms/: which of many variants are shown, by family, verdict and text."""

from collections.abc import Sequence

import streamlit as st

from dashboard.figures.trade_off import legend
from dashboard.tables.wanted_rows import wanted
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer

FEW = 8  # variants that need no filter
KEY = "compare.filter"


def show(rows: Sequence[Comparison], choice: Choice) -> list[Comparison]:
    """The filter, where there are many variants; returns those that fit, the baseline first."""
    if len(rows) <= FEW:
        return list(rows)
    with st.popover("Filter", icon=":material/filter_alt:"):
        text = st.text_input(
            "Recipe has", key=f"{KEY}.text", placeholder="prune 0.7",
            help="Parts of a recipe, in any order",
        )  # fmt: skip
        families = st.multiselect(
            "Family", [family.name for family in legend(rows)], key=f"{KEY}.families",
            placeholder="all",
        )  # fmt: skip
        verdicts = st.multiselect(
            "Limits", [answer.value for answer in Answer], key=f"{KEY}.verdicts",
            placeholder="held, broken, open",
        )  # fmt: skip
    found = wanted(rows, choice, families, verdicts, text)
    if len(found) < len(rows):
        st.caption(f"{len(found)} of {len(rows)} variants, the baseline among them.")
    return found
