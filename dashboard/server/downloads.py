"""dashboard/server/: hands out `.tflite` files and whole studies by URL, streamed from disk."""

import shutil
from asyncio import to_thread
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboard.server.engine import engine
from optimizer.errors import StudyError
from optimizer.export.files import download_name, study_name, write_study
from optimizer.store.records import Variant
from optimizer.store.study import Study

TFLITE_TYPE, ZIP_TYPE = "application/octet-stream", "application/zip"


def url(study: Study, variant: Variant) -> str:
    """Where a variant's file can be downloaded."""
    return f"/files/{quote(study.index.id)}/{quote(variant.recipe, safe='')}"


def study_url(study: Study) -> str:
    """Where a whole study can be downloaded."""
    return f"/studies/{quote(study.index.id)}.zip"


async def serve_study(request: Request) -> Response:
    """Answers a download of a whole study; an unknown one is a 404 with one sentence."""
    try:
        study = engine().library.open(request.path_params["study"])
        folder = engine().library.staging()
        packed = await to_thread(write_study, study, folder / "study.zip")
    except StudyError:
        return PlainTextResponse("There is no such study, or no room to pack it.", status_code=404)
    return FileResponse(
        packed,
        media_type=ZIP_TYPE,
        filename=study_name(study.index),
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


async def serve(request: Request) -> Response:
    """Answers a download; unknown studies and recipes are a 404 with one sentence."""
    try:
        study = engine().library.open(request.path_params["study"])
    except StudyError:  # why, a page says
        return PlainTextResponse("There is no such study.", status_code=404)
    variant = study.variant(request.path_params["recipe"])
    if variant is None:
        return PlainTextResponse("The study has no such file.", status_code=404)
    file = study.folder / variant.file
    if not file.is_file():
        sentence = "The file is gone from the study’s folder. Run its recipe again."
        return PlainTextResponse(sentence, status_code=404)
    return FileResponse(
        file,
        media_type=TFLITE_TYPE,
        filename=download_name(study.index, variant),
    )
