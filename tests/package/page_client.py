"""tests of the package: speaks to a page of a running server as a browser does, without one."""

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

ANSWER = 60  # seconds


class PageClient:
    """One browser's tab.

    Attributes:
        session: What the server tells at the beginning: its configuration, the theme.
        buttons: The id of each button on the page, by what is written on it.
    """

    def __init__(self, socket: ClientConnection) -> None:
        """Comes to the first page, and waits until all of it is there."""
        self._socket = socket
        self.session = NewSession()
        self.buttons: dict[str, str] = {}
        message = BackMsg()
        message.rerun_script.query_string = ""
        self._send(message)

    def press(self, label: str) -> None:
        """Presses a button, and waits for what the page then shows."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.buttons[label], True
        self._send(message)

    def _send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())
        self.buttons = {}
        while True:
            shown = ForwardMsg()
            shown.ParseFromString(self._socket.recv(timeout=ANSWER))
            if shown.WhichOneof("type") == "new_session":
                self.session = shown.new_session
            element = shown.delta.new_element
            if element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
            if shown.WhichOneof("type") == "script_finished":
                return


@contextmanager
def page_of(port: int) -> Iterator[PageClient]:
    """A tab at the server on `port`."""
    with connect(
        f"ws://localhost:{port}/_stcore/stream",
        origin=Origin(f"http://localhost:{port}"),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    ) as socket:
        yield PageClient(socket)
