"""dashboard/server/: takes large uploads to disk while they arrive.

Streamlit 1.67 holds an upload in memory, twice while it reads it. So what is large is kept by its
hash before Streamlit sees it, and Streamlit is handed a few bytes that say where it lies.
"""

import asyncio
import io
import secrets
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from optimizer.errors import StudyError

LARGE = 16 * 2**20  # bytes
ROUTE = "/_stcore/upload_file/"
SECRET = secrets.token_bytes(16)  # so that no file can pass for the place of another
BOUNDARY = b"liteweigh"


class Receiving:
    """ASGI middleware around Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; see the module."""
        if not _is_large_upload(scope):
            await self.app(scope, receive, send)
            return
        from dashboard.server.engine import engine  # noqa: PLC0415 (the port opens before the engine)

        async with Request(scope, receive).form() as form:  # which is spooled to disk
            upload = next(value for value in form.values() if isinstance(value, UploadFile))
            try:
                kept = await asyncio.to_thread(engine().library.keep_upload, upload.file)
            except StudyError as error:
                await PlainTextResponse(str(error), 507)(scope, receive, send)
                return
            body = _body(upload.headers["content-disposition"], SECRET + kept.name.encode())
        await self.app(_with_body(scope, body), _once(body), send)


def kept(upload: io.BytesIO) -> Path | None:
    """Where an upload lies that was large; None for one that Streamlit holds."""
    from dashboard.server.engine import engine  # noqa: PLC0415 (the port opens before the engine)

    start = upload.read(len(SECRET))
    if start != SECRET:
        upload.seek(0)
        return None
    return engine().library.upload(upload.read().decode())


def _is_large_upload(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "PUT" or ROUTE not in scope["path"]:
        return False
    length: bytes = dict(scope["headers"]).get(b"content-length", b"0")
    most = int(st.get_option("server.maxUploadSize")) * 2**20
    return length.isdigit() and LARGE < int(length) <= most  # what is larger Streamlit refuses


def _body(disposition: str, content: bytes) -> bytes:
    """A form with one file, under the name that the browser gave it."""
    head = b"--" + BOUNDARY + b"\r\nContent-Disposition: " + disposition.encode("latin-1")
    return head + b"\r\n\r\n" + content + b"\r\n--" + BOUNDARY + b"--\r\n"


def _with_body(scope: Scope, body: bytes) -> Scope:
    changed = {
        b"content-length": str(len(body)).encode(),
        b"content-type": b"multipart/form-data; boundary=" + BOUNDARY,
    }
    headers = [(name, value) for name, value in scope["headers"] if name not in changed]
    return {**scope, "headers": [*headers, *changed.items()]}


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        message: dict[str, Any] = {"type": "http.request", "body": body, "more_body": False}
        return message

    return receive
