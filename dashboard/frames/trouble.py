"""dashboard/frames/: what is wrong with a study's numbers, or with single variants."""

from collections.abc import Sequence

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
    broken = [row.variant for row in rows if row.variant.warnings]
    if not broken:
        return
    said = [
        f"- **{verbatim(variant.recipe)}**: {verbatim(' '.join(variant.warnings))}"
        for variant in broken[:SHOWN]
    ]
    if len(broken) > SHOWN:
        said.append(f"- {len(broken) - SHOWN} more have warnings: see the table.")
    st.warning("\n".join(said), icon=":material/warning:")
