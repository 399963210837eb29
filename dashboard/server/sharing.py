"""dashboard/server/: whether the pages are served to this machine alone."""

import streamlit as st

from optimizer import settings

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def is_local() -> bool:
    """Whether nobody but the users of this machine can reach the pages."""
    return st.get_option("server.address") in THIS_MACHINE


def paths_allowed() -> bool:
    """Whether a path on the server's disk may be given instead of an upload."""
    return is_local() and settings.from_environment().paths
