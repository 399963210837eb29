"""dashboard/server/: what every answer tells the browser: to load nothing from elsewhere.

Whatever text of a file reached a page as HTML, the browser would fetch nothing for it and run
nothing of it.
"""

import base64
import functools
import hashlib
import re
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server.callers import host_in

POLICY_HEADER = "Content-Security-Policy"
INDEX = Path(st.__file__).with_name("static") / "index.html"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class StrictHeaders:
    """ASGI middleware before everything: puts the same headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; see the module."""
        started = False

        async def send_strictly(message: Message) -> None:
            nonlocal started
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                # Netron's frame has a policy of its own.
                headers.setdefault(POLICY_HEADER, policy(Headers(scope=scope).get("host", "")))
            await send(message)

        try:
            await self.app(scope, receive, send_strictly)
        except Exception:
            # Starlette's own answer to it would be made outside of this, without the headers.
            if scope["type"] == "http" and not started:
                await PlainTextResponse("Internal Server Error", 500)(scope, receive, send_strictly)
            raise


def policy(host: str) -> str:
    """The content security policy of the pages.

    Args:
        host: What the server was called in the request. Browsers of before 2022 do not take
            'self' for the pages' connection too, so it is named.
    """
    connections = f" ws://{host} wss://{host}" if host_in(host) else ""
    return (
        f"default-src 'self'; script-src 'self' {_inline_scripts()}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        f"connect-src 'self'{connections}; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    )


@functools.cache
def _inline_scripts() -> str:
    """The sums of what Streamlit has in its page itself: no other script may stand there."""
    found = INLINE_SCRIPT.findall(INDEX.read_text(encoding="utf-8"))
    sums = (hashlib.sha256(script.encode()).digest() for script in found)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in sums)
