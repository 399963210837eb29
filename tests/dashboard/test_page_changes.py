"""tests of dashboard/server/: a click on another page is kept until that page begins."""

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.server.page_changes import PageChanges


def asks(page: str, *, by_clock: bool = False) -> bytes:
    """A browser's request to draw a page."""
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.is_auto_rerun = by_clock
    content: bytes = message.SerializeToString()
    return content


def begins(page: str) -> bytes:
    """The server's word that a page is drawn from here on."""
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    content: bytes = message.SerializeToString()
    return content


def heard(*messages: bytes, begun: dict[int, str] | None = None) -> list[bytes]:
    """What Streamlit hears of a browser's messages.

    Args:
        messages: Of the browser.
        begun: Which page Streamlit begins after how many of the messages that it heard.
    """
    begun = begun or {}
    waiting = [{"type": "websocket.receive", "bytes": message} for message in messages]
    received: list[bytes] = []

    async def streamlit(_: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            received.append(message["bytes"])
            if page := begun.get(len(received)):
                await send({"type": "websocket.send", "bytes": begins(page)})

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "websocket.disconnect"}

    async def send(message: Message) -> None:
        assert message["type"] == "websocket.send"

    asyncio.run(PageChanges(streamlit)({"type": "websocket"}, receive, send))
    return received


def test_the_clock_of_the_page_that_is_left_is_not_heard() -> None:
    click, tick = asks("compare"), asks("optimize", by_clock=True)
    assert heard(asks("optimize"), click, tick, tick) == [asks("optimize"), click]


def test_the_clock_is_heard_where_nobody_left() -> None:
    tick = asks("optimize", by_clock=True)
    assert heard(tick, tick) == [tick, tick]
    assert heard(asks("optimize"), tick, tick) == [asks("optimize"), tick, tick]


def test_the_clock_of_the_page_that_has_begun_is_heard() -> None:
    click, tick = asks("compare"), asks("compare", by_clock=True)
    assert heard(click, tick, tick, begun={1: "compare"}) == [click, tick, tick]


def test_once_the_page_has_begun_every_clock_is_heard() -> None:
    click, late = asks("compare"), asks("optimize", by_clock=True)
    assert heard(click, late, begun={1: "compare"}) == [click, late]
    assert heard(click, late, begun={1: "optimize"}) == [click]


def test_what_is_no_request_to_draw_goes_through() -> None:
    other = BackMsg()
    other.stop_script = True
    messages = [asks("compare"), b"\xff\xff no message", other.SerializeToString()]
    assert heard(*messages) == messages
