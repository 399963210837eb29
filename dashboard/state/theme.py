"""dashboard/state/: whether the page is light or dark in this browser."""

import streamlit as st


def theme() -> str:
    """Which of the two the browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"
