"""app.py: the server: answers at once, then starts the workers, and ends them with itself.

`streamlit run app.py` finds `app` and serves it; the pages begin in `dashboard/entry/`. The
engine is imported only after the port is open: it would double the time until the first answer.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import dashboard
from dashboard import page_files
from dashboard.server import page_changes, reach
from dashboard.server.callers import Callers
from dashboard.server.headers import StrictHeaders
from dashboard.server.large_uploads import Receiving
from dashboard.server.script_path import NamelessScript
from dashboard.server.upload_limits import UploadLimits

PORT_IS_OPEN = 0.3  # seconds after the start


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Has the workers load TensorFlow while the user is still choosing; ends them at the end."""
    starting = asyncio.create_task(_start_workers())
    try:
        yield {}
    finally:
        if await starting:
            from dashboard.server.engine import stop  # noqa: PLC0415

            stop()


async def _start_workers() -> bool:
    await asyncio.sleep(PORT_IS_OPEN)
    return await asyncio.to_thread(_start)


def _start() -> bool:
    """Whether the workers start; where a setting cannot be used it says so, and ends the server."""
    from dashboard.server import sharing, unlocking  # noqa: PLC0415
    from dashboard.server.engine import engine  # noqa: PLC0415
    from optimizer import logs  # noqa: PLC0415
    from optimizer.errors import SettingError  # noqa: PLC0415

    try:
        logs.set_up(dashboard.__name__)
        if sharing.serves_this_machine():
            sys.stdout.write(unlocking.announcement())
            sys.stdout.flush()
        engine()
    except SettingError as error:
        logging.getLogger(__name__).critical("%s", error)
        os.kill(os.getpid(), signal.SIGTERM)
        return False
    return True


async def download(request: Request) -> Response:
    """Hands out a variant's file; see `dashboard.server.downloads`."""
    from dashboard.server.downloads import serve  # noqa: PLC0415

    return await serve(request)


async def study(request: Request) -> Response:
    """Hands out a whole study; see `dashboard.server.downloads`."""
    from dashboard.server.downloads import serve_study  # noqa: PLC0415

    return await serve_study(request)


async def graph(request: Request) -> Response:
    """Hands out the page that draws a variant's graph; see `dashboard.server.netron`."""
    from dashboard.server.netron import serve  # noqa: PLC0415

    return await serve(request)


async def chart(request: Request) -> Response:
    """Hands out what saves a chart as a picture; see `dashboard.server.chart_export`."""
    from dashboard.server.chart_export import serve  # noqa: PLC0415

    return await serve(request)


if refusal := reach.fault(st.get_option("server.address")):
    sys.stderr.write(f"{refusal}\n")
    sys.exit(2)
page_changes.keep()
app = st.App(
    Path(page_files.ROUTER),
    lifespan=lifespan,
    middleware=[
        Middleware(StrictHeaders),
        Middleware(Callers),
        Middleware(NamelessScript),
        Middleware(UploadLimits),
        Middleware(Receiving),
    ],
    routes=[
        Route("/files/{study}/{recipe}", download),
        Route("/studies/{study}.zip", study),
        Route("/charts/{file}", chart),
        Route("/netron/{theme}/{file}", graph),
        Route("/netron/{theme}/model/{study}/{recipe}/{name}", download),
    ],
)
