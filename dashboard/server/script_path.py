"""dashboard/server/: Streamlit tells each page where its script lies on this machine; here not."""

from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard import page_files

FOLDER = bytes(Path(page_files.PAGES).parent)


class NamelessScript:
    """ASGI middleware: pages are told the names of scripts without their folder."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection of a page; see the module."""

        async def send_names(message: Message) -> None:
            if message["type"] == "websocket.send" and FOLDER in (message.get("bytes") or b""):
                message = {**message, "bytes": without_folder(message["bytes"])}
            await send(message)

        await self.app(scope, receive, send_names if scope["type"] == "websocket" else send)


def without_folder(message: bytes) -> bytes:
    """A message to a page, without the folder of its script if it is one that tells it."""
    told = ForwardMsg.FromString(message)
    if told.WhichOneof("type") != "new_session":
        return message
    told.new_session.main_script_path = Path(told.new_session.main_script_path).name
    nameless: bytes = told.SerializeToString()
    return nameless
