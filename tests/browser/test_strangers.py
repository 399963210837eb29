"""tests of the real server: who asks under a foreign name, and what every answer says."""

import http.client
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dashboard import page_files
from tests.browser.conftest import Walk
from tests.browser.serving import ROOT, Server
from tests.package.page_client import page_of

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit",
}  # fmt: skip
STREAM = "/_stcore/stream"
EVERYWHERE = ("/", "/compare", "/favicon.png", "/_stcore/health", "/_stcore/host-config")


def ask(
    server: Server,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """The status, the headers and the text of an answer."""
    connection = http.client.HTTPConnection("localhost", urlsplit(server.url).port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, b"" if answer.status == 101 else answer.read()
    finally:
        connection.close()


def connect(server: Server, host: str, origin: str) -> int:
    """The status with which the connection of a page is answered: 101 if it is open."""
    status, _, _ = ask(server, STREAM, {"Host": host, "Origin": origin, **UPGRADE})
    return status


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "localhost.evil.example", "localhost:{port}@e"]
)
def test_a_foreign_name_that_points_here_gets_no_answer(
    server: Server, path: str, host: str
) -> None:
    port = urlsplit(server.url).port
    status, _, text = ask(server, path, {"Host": host.format(port=port)})
    assert status == 421
    assert b"not known by that name" in text
    assert ask(server, path)[0] == 200, "the control: it is there under its own name"


def test_a_foreign_name_opens_no_page(server: Server) -> None:
    own = urlsplit(server.url).netloc
    assert connect(server, "evil.example", "http://evil.example") == 421
    assert connect(server, own, f"http://{own}") == 101


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1", "null"])
def test_a_page_of_another_server_opens_no_page_and_reads_no_file(
    server: Server, origin: str
) -> None:
    assert connect(server, urlsplit(server.url).netloc, origin) == 403
    assert ask(server, "/", {"Origin": origin})[0] == 403


@pytest.mark.parametrize("name", ["127.0.0.1", "LOCALHOST"])
def test_every_name_of_localhost_is_served(server: Server, name: str) -> None:
    own = f"{name}:{urlsplit(server.url).port}"
    assert ask(server, "/", {"Host": own})[0] == 200
    assert connect(server, own, f"http://{own}") == 101


def test_what_streamlit_counts_is_not_told(server: Server) -> None:
    for path in ("/_stcore/metrics", "/_stcore/metrics?families=active_sessions"):
        status, _, text = ask(server, path)
        assert (status, text) == (404, b"There is no such page.")


def test_a_page_is_not_told_where_its_script_lies(server: Server) -> None:
    port = urlsplit(server.url).port
    assert port
    with page_of(port) as page:
        assert page.session.main_script_path == Path(page_files.ROUTER).name
        assert str(ROOT) not in str(page.session)


def test_every_answer_has_the_strict_headers(server: Server, sample: Walk) -> None:
    answers = [ask(server, path) for path in EVERYWHERE]
    answers += [
        ask(server, f"/files/{sample.study}/int8"),
        ask(server, "/files/none/int8"),
        ask(server, f"/netron/dark/index.html?study={sample.study}&recipe=int8"),
        ask(server, "/media/none"),
        ask(server, "/component/none"),
        ask(server, "/_stcore/agent/openapi.json"),
        ask(server, "//evil.example"),
        ask(server, "/", method="POST"),
        ask(server, "/", {"Host": "evil.example"}),
        ask(server, "/", {"Origin": "http://evil.example"}),
        ask(server, STREAM, {"Host": "evil.example", **UPGRADE}),
        ask(server, "/_stcore/upload_file/none/none", method="PUT", body=b"nothing"),
    ]
    assert {status for status, _, _ in answers} >= {200, 400, 403, 404, 405, 421}
    for _, headers, _ in answers:
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "*" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "X-Powered-By" not in headers
        assert not any(letter.isdigit() for letter in headers.get("Server", ""))


def test_pages_may_load_and_ask_nothing_elsewhere(server: Server) -> None:
    policy = dict(
        part.split(maxsplit=1)
        for part in ask(server, "/")[1]["Content-Security-Policy"].split("; ")
    )
    own = urlsplit(server.url).netloc
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["connect-src"] == f"'self' ws://{own} wss://{own}"
    assert "unsafe-inline" not in policy["script-src"]
    assert all(part.startswith("'") for part in policy["script-src"].split()), "no host"
