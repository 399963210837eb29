"""tests of dashboard/server/: which names are served, and what every answer says."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from dashboard.server.callers import Callers, host_in
from dashboard.server.headers import StrictHeaders

Place = tuple[str, int | None] | None


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers, or fails where it is told so."""
    if scope["path"] == "/fails":
        raise RuntimeError("a secret of the server")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"server", b"none")]})
    await send({"type": "http.response.body", "body": b"here"})


def answers(path: str = "/", server: Place = None, **headers: str) -> list[Any]:
    """What is sent to who asks."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    named = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": named, "server": server}
    try:
        asyncio.run(StrictHeaders(Callers(app))(scope, receive, send))
    except RuntimeError as error:
        assert str(error) == "a secret of the server"  # noqa: PT017 (it goes on to the log)
    return sent


def status(**headers: str) -> int:
    return int(answers(server=None, **headers)[0]["status"])


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("localhost", "localhost"),
        ("Localhost:8501", "localhost"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]:8501", "::1"),
        ("", None),
        ("localhost:", None),
        ("localhost:port", None),
        ("localhost/", None),
        ("user@localhost", None),
        ("localhost localhost", None),
        ("localhost\n", None),
        ("::1", None),
        ("lócalhost", None),
    ],
)
def test_the_name_in_a_host_header(authority: str, host: str | None) -> None:
    assert host_in(authority) == host


def test_names_are_those_of_the_setting_and_then_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITEWEIGH_HOSTS", raising=False)
    assert (status(host="localhost:80"), status(host="weigh.example")) == (200, 421)
    monkeypatch.setenv("LITEWEIGH_HOSTS", "Weigh.Example,::1")
    assert (status(host="localhost:80"), status(host="weigh.example")) == (421, 200)
    assert status(host="WEIGH.example:443", origin="https://weigh.EXAMPLE:443") == 200
    assert status(host="[::1]:8501", origin="http://[::1]:8501") == 200
    assert status(host="weigh.example", origin="https://other.example") == 403
    assert status() == 421, "no name at all"


def test_two_names_in_one_request_are_refused() -> None:
    sent = answers(Host="localhost", host="localhost")
    assert sent[0]["status"] == 421


def test_a_setting_that_cannot_be_used_serves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITEWEIGH_HOSTS", "http://weigh.example")
    assert status(host="weigh.example") == 503


def test_a_failure_of_ours_has_the_headers_and_tells_nothing() -> None:
    start, body = answers("/fails", host="localhost")
    assert start["status"] == 500
    assert b"nosniff" in dict(start["headers"]).values()
    assert body["body"] == b"Internal Server Error"


@pytest.mark.parametrize(
    ("place", "beyond"),
    [
        (("127.0.0.1", 8501), False),
        (("127.8.0.1", 8501), False),
        (("::1", 8501), False),
        (("::ffff:127.0.0.1", 8501), False),
        (("/run/liteweigh.sock", None), False),
        (None, False),
        (("192.0.2.2", 8501), True),
        (("fe80::1%eth0", 8501), True),
        (("::ffff:192.0.2.2", 8501), True),
    ],
)
def test_the_network_gets_an_answer_only_by_an_explicit_word(
    monkeypatch: pytest.MonkeyPatch, place: Place, beyond: bool
) -> None:
    monkeypatch.delenv("LITEWEIGH_AUTH", raising=False)
    sent = answers(server=place, host="localhost:8501")
    assert sent[0]["status"] == (403 if beyond else 200)
    monkeypatch.setenv("LITEWEIGH_AUTH", "none")
    assert answers(server=place, host="localhost:8501")[0]["status"] == 200
