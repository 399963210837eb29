"""dashboard/server/: takes uploads to disk while they arrive.

Streamlit 1.67 holds an upload in memory, twice while it reads it. So a file is kept by its hash
before Streamlit sees it, and Streamlit is handed a few bytes that say where it lies.
"""

import asyncio
import io
import secrets
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.server.upload_limits import is_upload, size_of, with_file
from optimizer.errors import StudyError

SMALL = 64 * 2**10  # bytes; what is smaller Streamlit may hold
SECRET = secrets.token_bytes(16)  # so that no file can pass for the place of another


class Receiving:
    """ASGI middleware around Streamlit, inside `UploadLimits`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; see the module."""
        if not is_upload(scope) or size_of(scope) < SMALL:
            await self.app(scope, receive, send)
            return
        try:
            place = await _taken(Request(scope, receive))
        except HTTPException as error:  # the form is malformed
            await PlainTextResponse(error.detail, error.status_code)(scope, receive, send)
        except StudyError as error:
            await PlainTextResponse(str(error), 507)(scope, receive, send)
        else:
            await self.app(*with_file(scope, *place), send)


async def _taken(request: Request) -> tuple[bytes, bytes]:
    """Writes a form's file to disk; returns its content disposition, and what says where it lies.

    Raises:
        HTTPException: it is no form with exactly one file.
        StudyError: the disk is full.
    """
    from dashboard.server.engine import engine  # noqa: PLC0415 (the port opens before the engine)

    try:
        async with request.form(max_files=1, max_fields=1) as form:  # which is spooled to disk
            uploads = [value for value in form.values() if isinstance(value, UploadFile)]
            if not uploads:
                raise HTTPException(400, "An upload is a form with one file.")
            kept = await asyncio.to_thread(engine().library.keep_upload, uploads[0].file)
            disposition = uploads[0].headers["content-disposition"].encode("latin-1")
    except OSError as error:
        raise StudyError("The disk did not take the upload. Free some space.") from error
    return disposition, SECRET + kept.name.encode()


def kept(upload: io.BytesIO) -> Path | None:
    """Where an upload lies that was taken to disk; None for one that Streamlit holds."""
    from dashboard.server.engine import engine  # noqa: PLC0415 (the port opens before the engine)

    start = upload.read(len(SECRET))
    if start != SECRET:
        upload.seek(0)
        return None
    return engine().library.upload(upload.read().decode())
