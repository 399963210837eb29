"""app.py: the server: starts the workers with it, serves the files to download, ends cleanly.

`streamlit run app.py` finds `app` and serves it; the pages begin in `dashboard/router.py`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.routing import Route

from dashboard.downloads import ROUTE, serve
from dashboard.engine import start, stop


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Starts the worker processes before the first page is asked for, and ends them at the end."""
    start()
    try:
        yield {}
    finally:
        stop()


app = st.App("dashboard/router.py", lifespan=lifespan, routes=[Route(ROUTE, serve)])
