"""dashboard/forms/: the operators that a recipe names by their numbers, beside where it asks."""

import pandas as pd
import streamlit as st

from dashboard.tables.height import height


def show(operators: pd.DataFrame | None) -> None:
    """The list, folded up; nothing where it is not known.

    Args:
        operators: See `file_tables.numbered`.
    """
    if operators is None:
        return
    with st.expander(f"The {len(operators):,} operators and their numbers"):
        st.dataframe(
            operators, hide_index=True, height=height(len(operators)),
            alt="Operators of the float file with their numbers",
        )  # fmt: skip
