"""dashboard/frames/: the log of something that failed, one click away."""

import streamlit as st

from dashboard.server import sharing

LONGEST = 100_000  # characters shown, the last ones
HEIGHT = 300  # pixels


def show(log: str) -> None:
    """Draws it, closed."""
    with st.expander("Full log"):
        st.code(sharing.told(log[-LONGEST:]) or "The log is empty.", language=None, height=HEIGHT)
