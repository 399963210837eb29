"""tests of private parts of Streamlit."""

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


def test_streamlit_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.applications import Starlette
    from streamlit import config
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.web.server.starlette.starlette_routes import create_upload_routes

    monkeypatch.setattr("streamlit.web.server.starlette.starlette_routes.is_xsrf_enabled", bool)
    config.get_option("server.maxUploadSize")
    files = MemoryUploadedFileManager("/_stcore/upload_file")
    runtime: Any = SimpleNamespace(is_active_session="session".__eq__)
    app = Starlette(routes=create_upload_routes(runtime, files, None))
    body = (
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.keras"\r\n\r\n'
        b"content\r\n--b--\r\n"
    )
    headers = [
        (b"content-type", b"multipart/form-data; boundary=b"),
        (b"content-length", str(len(body)).encode()),
    ]
    asked = [(name, b"0" if name == b"content-length" else value) for name, value in headers]
    empty = body.replace(b"content\r", b"\r")
    assert _status(app, "PUT", "/_stcore/upload_file/session/file", asked, empty) == 204
    assert _status(app, "PUT", "/_stcore/upload_file/other/file", asked, empty) == 400
    assert _status(app, "PUT", "/_stcore/upload_file/session/file", headers, body) == 204
    [kept] = files.get_files("session", ["file"])
    assert (kept.name, kept.data) == ("a.keras", b"content")


def test_streamlit_upload_manager() -> None:
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
    from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

    record = UploadedFileRec("id", "a.keras", "", b"content")
    files = MemoryUploadedFileManager("/upload")
    files.add_file("session", record)
    uploaded = UploadedFile(record, SimpleNamespace(delete_url=""))  # type: ignore[arg-type]
    assert (uploaded.name, uploaded.read()) == ("a.keras", b"content")
    files.remove_file("session", uploaded.file_id)
    assert files.get_files("session", ["id"]) == []
    assert get_script_run_ctx(suppress_warning=True) is None
    assert {"uploaded_file_mgr", "session_id"} <= set(ScriptRunContext.__annotations__)


def test_streamlit_script_path() -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    told = ForwardMsg()
    told.new_session.main_script_path = "/somewhere/router.py"
    again = ForwardMsg.FromString(told.SerializeToString())
    assert again.WhichOneof("type") == "new_session"
    assert again.new_session.main_script_path == "/somewhere/router.py"


def test_streamlit_page_changes() -> None:
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.runtime.scriptrunner_utils.script_requests import (
        RerunData,
        ScriptRequests,
        ScriptRequestType,
    )

    asked = []

    class Watched(ScriptRequests):
        def _request_rerun_locked(self, new_data: RerunData) -> bool:
            asked.append((self._state is ScriptRequestType.RERUN, self._rerun_data))
            return super()._request_rerun_locked(new_data)

    click = RerunData(page_script_hash="compare")
    tick = RerunData(page_script_hash="optimize", fragment_id="jobs", is_auto_rerun=True)
    requests = Watched()
    assert requests.request_rerun(click)
    assert requests.request_rerun(tick)
    assert [waits for waits, _ in asked] == [False, True]
    assert asked[1][1].page_script_hash == "compare"
    assert requests.on_scriptrunner_ready().rerun_data.page_script_hash == "optimize"

    pages = PagesManager("app.py")
    pages.set_script_intent("compare", "")
    left = threading.Thread(target=pages.set_script_intent, args=("optimize", "second"))
    left.start()
    left.join()
    assert (pages._intended_page_script_hash, pages._intended_page_name) == ("optimize", "second")


def test_streamlit_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit import config
    from streamlit.runtime.secrets import Secrets

    assert config.get_option("server.trustedUserHeaders") == {}
    file = tmp_path / "secrets.toml"
    monkeypatch.setattr("streamlit.config._config_options", None)
    config.set_option("secrets.files", [str(file)])
    assert Secrets().load_if_toml_exists() is False
    file.write_text("[auth]\ncookie_secret = 'x'\n")
    found = Secrets()
    assert found.load_if_toml_exists() is True
    assert "auth" in found


def _status(
    app: Any, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes
) -> int:
    """The status that an ASGI app answers with."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": headers, "server": ("localhost", 80), "scheme": "http",
        "root_path": "", "client": ("localhost", 1), "http_version": "1.1",
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])
