"""dashboard/frames/: what is wrong with a study's numbers, or with single variants."""

from collections.abc import Mapping, Sequence
from itertools import islice

import streamlit as st

from dashboard.markdown import verbatim
from optimizer.choose.comparison import Comparison
from optimizer.export.warnings import of_study
from optimizer.store.records import StudyIndex

SHOWN = 4  # variants whose trouble is said in full; the table has that of all


def show(rows: Sequence[Comparison], index: StudyIndex) -> None:
    """Above all numbers, so that nobody takes them for what they are not."""
    for sentence in of_study(index):
        st.warning(verbatim(sentence), icon=":material/warning:")
    broken = {row.variant.recipe: row.variant.warnings for row in rows if row.variant.warnings}
    if broken:
        st.warning(_listed(broken, "have warnings"), icon=":material/warning:")
    otherwise = {row.variant.recipe: row.variant.detours for row in rows if row.variant.detours}
    if otherwise:
        st.info(_listed(otherwise, "were made otherwise"), icon=":material/alt_route:")


def _listed(told: Mapping[str, Sequence[str]], what: str) -> str:
    """A line for each recipe, of the first few."""
    said = [
        f"- **{verbatim(recipe)}**: {verbatim(' '.join(sentences))}"
        for recipe, sentences in islice(told.items(), SHOWN)
    ]
    if len(told) > SHOWN:
        said.append(f"- {len(told) - SHOWN} more {what}: see the table.")
    return "\n".join(said)
