"""dashboard/server/: who may ask: only who calls this server by a name that it has.

A page of a stranger can make a browser ask any server that the browser reaches, and a name of the
stranger's may point to this machine (DNS rebinding): then the browser takes our answers for theirs.
The name stands in each request, so what is not called by its own name does not answer, neither
pages nor files nor the connection over which Streamlit's pages speak.
"""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from optimizer import settings
from optimizer.errors import SettingError

LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1"})
AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?", re.IGNORECASE)
NOT_SERVED = ("/_stcore/metrics",)
"""What Streamlit tells of its sessions and memory to who asks."""


class Callers:
    """ASGI middleware before everything: answers who calls this server by a name that it has."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request or one connection of a page; see the module."""
        refusal = _refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await _refuse(refusal, scope, receive, send)


def host_in(authority: str) -> str | None:
    """The name in a Host header, in small letters and without the port; None if it has none."""
    found = AUTHORITY.fullmatch(authority)
    return (found[1] or found[2]).lower() if found else None


def came_from_beyond(scope: Scope) -> bool:
    """Whether a request reached this machine on an address that other machines can reach.

    That is so whatever `server.address` says where another program serves the app.
    """
    host, _ = scope.get("server") or (None, None)
    try:
        address = ip_address(str(host).partition("%")[0])
    except ValueError:  # the place of a socket, which only this machine has, or nothing is known
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not address.is_loopback


def _refusal(scope: Scope) -> PlainTextResponse | None:
    """What is answered to who may not ask; None to who may."""
    headers = Headers(scope=scope)
    try:
        chosen = settings.from_environment()
    except SettingError:  # app.py says which, and ends the server
        return PlainTextResponse("A setting of this server cannot be used.", 503)
    if chosen.auth is None and came_from_beyond(scope):
        return PlainTextResponse(
            "This server is for users of its own machine alone. Whoever runs it sets "
            "LITEWEIGH_AUTH=none if others may reach it without being asked who they are.",
            403,
        )
    host, *others = headers.getlist("host") or [""]
    if others or host_in(host) not in (chosen.hosts or LOCALHOST):
        return PlainTextResponse(
            "This server is not known by that name. Ask for localhost, or whoever runs it sets "
            "LITEWEIGH_HOSTS to the names that it has.",
            421,
        )
    origins = headers.getlist("origin")
    if any(urlsplit(origin).netloc.lower() != host.lower() for origin in origins):
        return PlainTextResponse("Pages of other servers get no answer here.", 403)
    if scope["path"].rstrip("/").endswith(NOT_SERVED):
        return PlainTextResponse("There is no such page.", 404)
    return None


async def _refuse(refusal: PlainTextResponse, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await refusal(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
