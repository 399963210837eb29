"""dashboard/server/: whether a page is looked at by users of this machine alone."""

import re

import streamlit as st

from dashboard.server.callers import LOCALHOST
from optimizer import settings

PROXIED = ("forwarded", "x-forwarded", "via", "x-real-ip")
"""Headers that begin so were added on the way: the request came from elsewhere."""
FOLDERS = re.compile(r"(?<![\w/.:~])~?/(?:[^\s/“”\"'(),:;<>|]+/)+(?=[^\s/])")


def serves_this_machine() -> bool:
    """Whether the server is set to be reached from this machine alone, without signing in."""
    return (
        st.get_option("server.address") in LOCALHOST
        and not settings.from_environment().hosts
        and not _has_sign_in()
    )


def is_local() -> bool:
    """Whether the page that is drawn is looked at from this machine, as far as can be told."""
    return (
        serves_this_machine()
        and not isinstance(st.context.ip_address, str)  # this machine's own is none to Streamlit
        and not any(name.lower().startswith(PROXIED) for name in st.context.headers)
    )


def paths_allowed() -> bool:
    """Whether a path on the server's disk may be given instead of an upload."""
    return is_local() and settings.from_environment().paths


def told(text: str) -> str:
    """A message or a log as the page may show it: others learn no folder of this machine."""
    return text if is_local() else FOLDERS.sub("…/", text)


def _has_sign_in() -> bool:
    """Whether users sign in: then they are others than who started the server."""
    named = st.get_option("server.trustedUserHeaders")
    return bool(named) or (st.secrets.load_if_toml_exists() and "auth" in st.secrets)
