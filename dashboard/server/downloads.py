"""dashboard/server/: hands out `.tflite` files by URL, streamed from disk."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboard.server.engine import engine
from optimizer.errors import StudyError
from optimizer.export.files import download_name
from optimizer.store.records import Variant
from optimizer.store.study import Study

TFLITE_TYPE = "application/octet-stream"


def url(study: Study, variant: Variant) -> str:
    """Where a variant's file can be downloaded."""
    return f"/files/{quote(study.index.id)}/{quote(variant.recipe, safe='')}"


async def serve(request: Request) -> Response:
    """Answers a download; unknown studies and recipes are a 404 with one sentence."""
    try:
        study = engine().library.open(request.path_params["study"])
    except StudyError:  # why, a page says
        return PlainTextResponse("There is no such study.", status_code=404)
    variant = study.variant(request.path_params["recipe"])
    if variant is None:
        return PlainTextResponse("The study has no such file.", status_code=404)
    return FileResponse(
        study.folder / variant.file,
        media_type=TFLITE_TYPE,
        filename=download_name(study.index, variant),
    )
