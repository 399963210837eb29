"""tests of dashboard/server/: which uploads are let in, and how many."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from dashboard.server import upload_limits
from dashboard.server.upload_limits import ROUTE, UploadLimits

FORM = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n%s\r\n--b--\r\n'
KIND = {"content-type": "multipart/form-data; boundary=b"}


class Streamlit:
    """Stands for Streamlit: takes the uploads of one session, and keeps their bytes."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 403
        if scope["path"].startswith(f"{ROUTE}living/"):
            async with Request(scope, receive).form() as form:
                self.kept += [await file.read() for file in form.values()]  # type: ignore[union-attr]
            status = 204
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"whose is it?"})


async def ask(
    app: UploadLimits,
    body: Sequence[bytes | None],
    headers: Mapping[str, str] = KIND,
    session: str = "living",
) -> tuple[int, int]:
    """The status of the answer to an upload, and how many pieces of the body were read for it.

    Args:
        app: What is asked.
        body: In pieces; None is one that does not come.
        headers: Of the request; an empty one is left out.
        session: Whose upload it is.
    """
    sent: list[Any] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        piece = body[read]
        if piece is None:
            await asyncio.sleep(60)
        read += 1
        return {"type": "http.request", "body": piece, "more_body": read < len(body)}

    async def send(message: Any) -> None:
        sent.append(message)

    length = sum(len(piece or b"") for piece in body)
    named = {"content-length": str(length), **headers}
    scope = {
        "type": "http", "method": "PUT", "path": f"{ROUTE}{session}/file",
        "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], read


def test_what_is_let_in_comes_whole() -> None:
    streamlit = Streamlit()
    answer = asyncio.run(ask(UploadLimits(streamlit), [FORM % b"content"]))
    assert answer == (204, 1)
    assert streamlit.kept == [b"", b"content"], "asked with no bytes first"


def test_nothing_is_read_of_what_streamlit_would_not_take() -> None:
    streamlit = Streamlit()
    answer = asyncio.run(ask(UploadLimits(streamlit), [FORM % b"content"], session="none"))
    assert answer == (403, 0)
    assert streamlit.kept == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"content-length": ""}, 411),
        ({"content-length": "-1"}, 411),
        ({"content-length": "1e3"}, 411),
        ({"content-length": "١"}, 411),
        ({"transfer-encoding": "chunked"}, 411),
        ({"content-length": "9" * 19}, 413),
        ({"content-length": "9" * 5000}, 413),
        ({"content-type": ""}, 400),
        ({"content-type": "application/x-www-form-urlencoded"}, 400),
        ({"content-type": "multipart/form-data"}, 400),
    ],
)
def test_what_is_no_upload_is_refused_unread(changed: dict[str, str], status: int) -> None:
    streamlit = Streamlit()
    app = UploadLimits(streamlit)
    assert asyncio.run(ask(app, [FORM % b"content"], KIND | changed)) == (status, 0)
    assert streamlit.kept == []


def test_so_many_files_and_bytes_in_some_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limits, "MOST_FILES", 3)
    app = UploadLimits(Streamlit())

    async def four() -> list[int]:
        return [(await ask(app, [FORM % b"x"]))[0] for _ in range(4)]

    assert asyncio.run(four()) == [204, 204, 204, 429]
    monkeypatch.setattr(upload_limits, "PERIOD", -1)
    assert asyncio.run(ask(app, [FORM % b"x"]))[0] == 204, "later there is room again"
    monkeypatch.setattr(upload_limits, "PERIOD", 600)
    monkeypatch.setattr(upload_limits, "MOST_BYTES", 1000)
    assert asyncio.run(ask(app, [FORM % bytes(1000)])) == (429, 0)


def test_an_upload_that_does_not_go_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limits, "STALLED", 0.05)
    streamlit = Streamlit()
    halves = [(FORM % b"content")[:70], None]
    assert asyncio.run(ask(UploadLimits(streamlit), halves)) == (408, 1)
    assert streamlit.kept == [b""]


def test_so_many_are_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limits, "AT_ONCE", 2)
    reading = most = 0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal reading, most
        message = await receive()
        if message["body"].count(b"content"):
            reading += 1
            most = max(most, reading)
            await asyncio.sleep(0.01)
            reading -= 1
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def many() -> list[tuple[int, int]]:
        app = UploadLimits(slow)
        return await asyncio.gather(*(ask(app, [FORM % b"content"]) for _ in range(6)))

    assert asyncio.run(many()) == [(204, 1)] * 6
    assert most == 2
