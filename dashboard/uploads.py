"""dashboard/: writes what the browser sent to disk, once, before anything looks at it."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.engine import engine
from optimizer.errors import ModelError

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


def save_file(upload: UploadedFile) -> Path:
    """Writes one upload into a folder of its own; its name decides nothing."""
    path = engine().library.staging() / "upload"
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file, CHUNK)
    return path


def save_folder(uploads: Sequence[UploadedFile]) -> Path:
    """Writes an uploaded folder; returns the folder that holds `saved_model.pb`, if one does.

    Raises:
        ModelError: a path leads out of the folder.
    """
    root = engine().library.staging() / "upload"
    for upload in uploads:
        relative = PurePosixPath(upload.name)
        if relative.is_absolute() or ".." in relative.parts:
            raise ModelError(f"The path “{upload.name}” leads out of the folder. Choose another.")
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(upload, file, CHUNK)
    models = sorted(root.rglob("saved_model.pb"), key=lambda path: len(path.parts))
    return models[0].parent if models else root
