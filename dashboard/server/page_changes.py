"""dashboard/server/: a click on another page is not lost to the clock of the page that is left.

Streamlit keeps one request to draw a page in waiting, and the newest says which page. A page that
draws a part of itself anew each second asks so also between a click on another page and that
page's begin: on a busy server the page stays, and the click is forgotten.
"""

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class PageChanges:
    """ASGI middleware: until a page that was asked for begins, no clock draws another one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection of a page; see the module."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        awaited = ""  # the page that the user asked for last, until it begins

        async def receive_wanted() -> Message:
            nonlocal awaited
            while True:
                message = await receive()
                asked = _asked_to_draw(message)
                if asked is None:
                    return message
                if not asked.is_auto_rerun:
                    awaited = asked.page_script_hash
                elif awaited not in {"", asked.page_script_hash}:
                    continue
                return message

        async def send_watched(message: Message) -> None:
            nonlocal awaited
            if awaited and awaited.encode() in (message.get("bytes") or b""):
                told = ForwardMsg.FromString(message["bytes"])
                if told.new_session.page_script_hash == awaited:
                    awaited = ""
            await send(message)

        await self.app(scope, receive_wanted, send_watched)


def _asked_to_draw(message: Message) -> ClientState | None:
    content = message.get("bytes")
    if not content:
        return None
    try:
        asked = BackMsg.FromString(content)
    except DecodeError:  # Streamlit answers what is no message
        return None
    return asked.rerun_script if asked.WhichOneof("type") == "rerun_script" else None
