"""dashboard/: writes what the browser sent to disk, once, before anything looks at it."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import session
from dashboard.engine import engine
from optimizer.errors import ModelError
from optimizer.studies.operation import Operation
from optimizer.studies.study import Study

SEEN = "uploads.seen"
CHUNK = 2**20


def is_new(key: str, files: UploadedFile | Sequence[UploadedFile] | None) -> bool:
    """Whether the uploader called `key` holds something that was not looked at before."""
    if not files:
        return False
    several = files if isinstance(files, Sequence) else [files]
    ids = tuple(file.file_id for file in several)
    seen: dict[str, tuple[str, ...]] = st.session_state.setdefault(SEEN, {})
    if seen.get(key) == ids:
        return False
    seen[key] = ids
    return True


def open_model(upload: UploadedFile) -> None:
    """Has an uploaded model opened; its name on disk decides nothing."""
    folder = engine().library.staging()
    _begin(engine().open_model(_save(upload, folder / "upload"), _stem(upload)), folder)


def open_folder(uploads: Sequence[UploadedFile]) -> None:
    """Has an uploaded SavedModel folder opened, wherever in it `saved_model.pb` lies.

    Raises:
        ModelError: a path leads out of the folder.
    """
    folder = engine().library.staging()
    root = folder / "upload"
    for upload in uploads:
        relative = PurePosixPath(upload.name)
        if relative.is_absolute() or ".." in relative.parts:
            raise ModelError(f"The path “{upload.name}” leads out of the folder. Choose another.")
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(upload, path)
    models = sorted(root.rglob("saved_model.pb"), key=lambda path: len(path.parts))
    source = models[0].parent if models else root
    _begin(engine().open_model(source, PurePosixPath(uploads[0].name).parts[0]), folder)


def open_data(study: Study, upload: UploadedFile) -> None:
    """Has uploaded data read and judged."""
    folder = engine().library.staging()
    source = _save(upload, folder / "upload")
    _begin(engine().add_data(study, source, _stem(upload)), folder)


def _begin(operation: Operation, folder: Path) -> None:
    """Waits for the operation and removes the upload when it ends: the study has its own copy."""
    operation.on_end(lambda _: shutil.rmtree(folder, ignore_errors=True))
    session.begin(operation)


def _save(upload: UploadedFile, path: Path) -> Path:
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file, CHUNK)
    return path


def _stem(upload: UploadedFile) -> str:
    name = str(upload.name)
    return name.rpartition(".")[0] or name
