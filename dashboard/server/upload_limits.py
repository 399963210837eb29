"""dashboard/server/: lets in an upload only of a page that is open, and within bounds.

Streamlit 1.67 looks whose an upload is before it reads it. What stands before it and takes uploads
to disk must not come first, so Streamlit is asked with a file of no bytes whether it would take
this one. What it refuses is answered with its own words, and nothing of it is read.
"""

import asyncio
import time
from collections import deque

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROUTE = "/_stcore/upload_file/"
BOUNDARY = b"liteweigh"
NAMELESS = b'form-data; name="file"; filename="file"'
AT_ONCE = 8  # uploads that are read; a browser sends six. The others wait for their turn
STALLED = 60  # seconds without a byte, after which an upload is given up
SLOWEST = 50_000  # bytes a second on average, below which it is too
PERIOD = 600  # seconds
MOST_FILES, MOST_BYTES = 50_000, 64 * 2**30  # in a period


class UploadLimits:
    """ASGI middleware before what takes uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._taken: deque[tuple[float, int]] = deque()  # when, and how many bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; see the module."""
        if not is_upload(scope):
            await self.app(scope, receive, send)
            return
        refusal = _malformed(scope) or await _streamlits(self.app, scope) or self._too_many(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        async with self._turn:
            try:
                await self.app(scope, _in_time(receive, size_of(scope)), send)
            except asyncio.TimeoutError:
                await PlainTextResponse("The upload did not go on.", 408)(scope, receive, send)
            except ClientDisconnect:
                pass  # nobody is left to be answered

    def _too_many(self, scope: Scope) -> PlainTextResponse | None:
        now, size = time.monotonic(), size_of(scope)
        while self._taken and now - self._taken[0][0] > PERIOD:
            self._taken.popleft()
        total = sum(taken for _, taken in self._taken)
        if len(self._taken) >= MOST_FILES or total + size > MOST_BYTES:
            return PlainTextResponse("Too much was uploaded. Wait some minutes.", 429)
        self._taken.append((now, size))
        return None


def is_upload(scope: Scope) -> bool:
    """Whether a request brings a file."""
    return scope["type"] == "http" and scope["method"] == "PUT" and ROUTE in scope["path"]


def size_of(scope: Scope) -> int:
    """Bytes of an upload that is let in, as it says before it comes."""
    return int(Headers(scope=scope)["content-length"])


def with_file(scope: Scope, disposition: bytes, content: bytes) -> tuple[Scope, Receive]:
    """The same request with another file in it.

    Args:
        scope: Of the request.
        disposition: Of the file: its content disposition, which has its name.
        content: Of the file.
    """
    head = b"--" + BOUNDARY + b"\r\nContent-Disposition: " + disposition
    body = head + b"\r\n\r\n" + content + b"\r\n--" + BOUNDARY + b"--\r\n"
    changed = {
        b"content-length": str(len(body)).encode(),
        b"content-type": b"multipart/form-data; boundary=" + BOUNDARY,
    }
    kept = [(name, value) for name, value in scope["headers"] if name not in changed]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return {**scope, "headers": [*kept, *changed.items()]}, receive


def _malformed(scope: Scope) -> PlainTextResponse | None:
    """What is answered to what is no form with a file of a known size."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        return PlainTextResponse("Say how long the upload is.", 411)
    if len(length) > 20 or int(length) > int(st.get_option("server.maxUploadSize")) * 2**20:
        return PlainTextResponse("The file is too large.", 413)
    kind, _, parameters = headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "multipart/form-data" or "boundary=" not in parameters.lower():
        return PlainTextResponse("An upload is a form with one file.", 400)
    return None


async def _streamlits(app: ASGIApp, scope: Scope) -> PlainTextResponse | None:
    """What Streamlit answers to an upload that it would not take; None if it would."""
    status, text = 0, b""

    async def send(message: Message) -> None:
        nonlocal status, text
        status = message.get("status", status)
        text += message.get("body", b"")

    empty, receive = with_file(scope, NAMELESS, b"")
    await app(empty, receive, send)
    return None if status == 204 else PlainTextResponse(text, status)


def _in_time(receive: Receive, size: int) -> Receive:
    """Gives up when nothing comes, or too little."""
    end = time.monotonic() + STALLED + size / SLOWEST

    async def receive_in_time() -> Message:
        left = min(STALLED, max(end - time.monotonic(), 0))
        return await asyncio.wait_for(receive(), left)

    return receive_in_time
