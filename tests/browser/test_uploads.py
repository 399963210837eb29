"""tests of the real server: what is kept of an upload, and what is said to one that is none."""

import hashlib
import http.client
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest

from tests.browser.serving import Server
from tests.package.page_client import page_of

FORM = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.keras"\r\n\r\n%s\r\n--b--\r\n'
KIND = "multipart/form-data; boundary=b"
LARGE = 20 * 2**20  # bytes


@contextmanager
def answer(
    server: Server, session: str, headers: Mapping[str, str], body: bytes
) -> Iterator[http.client.HTTPResponse]:
    """What an upload of a session is answered."""
    connection = http.client.HTTPConnection("localhost", urlsplit(server.url).port, timeout=30)
    try:
        path = f"/_stcore/upload_file/{session}/{uuid.uuid4()}"
        connection.request("PUT", path, body, {"Content-Type": KIND, **headers})
        yield connection.getresponse()
    finally:
        connection.close()


@pytest.fixture
def token(server: Server) -> dict[str, str]:
    """The headers by which a page shows that it is this server's."""
    connection = http.client.HTTPConnection("localhost", urlsplit(server.url).port, timeout=30)
    connection.request("GET", "/_stcore/health")
    cookies = SimpleCookie(connection.getresponse().headers["Set-Cookie"])
    connection.close()
    value = cookies["_streamlit_xsrf"].value
    return {"X-Xsrftoken": value, "Cookie": f"_streamlit_xsrf={value}"}


@pytest.fixture
def session(server: Server) -> Iterator[str]:
    """A page that is open."""
    port = urlsplit(server.url).port
    assert port
    with page_of(port) as page:
        yield page.session.initialize.session_id


def kept(server: Server) -> set[str]:
    return {file.name for file in (server.home / ".uploads").glob("*")}


@pytest.mark.parametrize("whose", ["nobody's", "no token", "a closed page's"])
def test_nothing_is_read_or_kept_of_an_upload_that_is_not_allowed(
    server: Server, token: dict[str, str], session: str, whose: str
) -> None:
    before = kept(server)
    headers = {} if whose == "no token" else token
    named = session if whose == "no token" else str(uuid.uuid4())
    announced = {**headers, "Content-Length": str(LARGE)}  # and nothing is sent
    with answer(server, named, announced, b"") as refused:
        assert refused.status == (403 if whose == "no token" else 400)
    with answer(server, named, headers, FORM % bytes(100_000)) as refused:
        assert refused.status == (403 if whose == "no token" else 400)
    assert kept(server) == before


def test_the_control_an_upload_of_an_open_page_is_kept(
    server: Server, token: dict[str, str], session: str
) -> None:
    content = uuid.uuid4().bytes * 10_000
    with answer(server, session, token, FORM % content) as taken:
        assert taken.status == 204
    assert hashlib.sha256(content).hexdigest() in kept(server)


@pytest.mark.parametrize("padding", [0, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    "body",
    [
        b"%s",
        b"--b\r\n\r\n%s\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n%.100s\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; filename="a"\r\n\r\n%s\r\n--b--\r\n',
        FORM[:-7] + FORM.replace(b'"f"', b'"g"') % b"x",
        b"--c\r\n%s\r\n--c--\r\n",
        b"--b--\r\n%s",
        b'--b\nContent-Disposition: form-data; name="f"; filename="a"\n\n%s\n--b--\n',
    ],
    ids=["no form", "no name", "a field", "no field name", "two files", "another boundary",
         "nothing in it", "wrong lines"],
)  # fmt: skip
def test_a_malformed_form_is_answered_with_400_and_no_traceback(
    server: Server, token: dict[str, str], session: str, body: bytes, padding: int
) -> None:
    told = len(server.log.read_text())
    before = kept(server)
    with answer(server, session, token, body % bytes(padding)) as refused:
        assert refused.status == 400
        assert refused.read()
    assert "Traceback" not in server.log.read_text()[told:]
    assert kept(server) == before


def test_an_upload_that_breaks_off_leaves_nothing(
    server: Server, token: dict[str, str], session: str
) -> None:
    told = len(server.log.read_text())
    before = kept(server)
    connection = http.client.HTTPConnection("localhost", urlsplit(server.url).port, timeout=30)
    connection.putrequest("PUT", f"/_stcore/upload_file/{session}/{uuid.uuid4()}")
    for name, value in {**token, "Content-Type": KIND, "Content-Length": str(LARGE)}.items():
        connection.putheader(name, value)
    connection.endheaders(FORM[:-8] % bytes(100_000))
    connection.close()
    with answer(server, session, token, FORM % b"next") as taken:
        assert taken.status == 204
    assert "Traceback" not in server.log.read_text()[told:]
    assert kept(server) == before
