"""dashboard/forms/: brings in what the user chose: a file, a folder, or a path on this computer."""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.forms import technique_form, unlock
from dashboard.server import large_uploads, sharing
from dashboard.server.engine import engine
from dashboard.state import session
from optimizer.errors import LiteweighError, StudyError
from optimizer.files.refusal import said_as

PURPOSE = "To open a path on this computer"
IN_A_TERMINAL = {"Model": "“liteweigh inspect”", "Data": "“liteweigh run --data”"}
FILE, FOLDER, PATH = "A file", "A folder", "A path on this computer"


@dataclass(frozen=True)
class Chosen:
    """What the user chose.

    Attributes:
        path: Where it lies now.
        name: What to call it.
        fault: All that a page says if it cannot be read; empty if it may say what is in it.
    """

    path: Path
    name: str
    fault: str = ""


def choose(key: str, what: str) -> Chosen | None:
    """Draws the ways in; returns what was just chosen, else None.

    Args:
        key: Of the widgets, on one page.
        what: What is chosen, for screen readers: “Model”.
    """
    ways = [FILE, FOLDER, PATH] if sharing.paths_allowed() else [FILE, FOLDER]
    way = st.segmented_control(
        f"{what}: where it comes from", ways, default=FILE, required=True, key=f"{key}.way",
        label_visibility="collapsed", persist_state=technique_form.KEPT,
    )  # fmt: skip
    try:
        if way == PATH:
            return _path(key, what) if unlock.unlocked(key, PURPOSE) else None
        if way == FOLDER:
            return _folder(key, what)
        return file(key, what)
    except LiteweighError as error:
        session.say(str(error), "")
        st.rerun()


def file(
    key: str, what: str, *, label: bool = False, megabytes: int | None = None
) -> Chosen | None:
    """Draws an uploader of one file; returns what was just uploaded, else None.

    Args:
        key: Of the widget, on one page.
        what: What is chosen.
        label: Whether that is shown, or is for screen readers alone.
        megabytes: The most that is taken; None for what the server takes.
    """
    upload = st.file_uploader(
        what, key=_turn(key), label_visibility="visible" if label else "collapsed",
        max_upload_size=megabytes,
    )  # fmt: skip
    if upload is None:
        return None
    _forget(key, [upload])
    return Chosen(_kept(upload), _stem(str(upload.name)))


def _folder(key: str, what: str) -> Chosen | None:
    uploads = st.file_uploader(
        f"{what} folder",
        accept_multiple_files="directory",
        key=_turn(f"{key}.folder"),
        label_visibility="collapsed",
    )
    if not uploads:
        return None
    _forget(f"{key}.folder", uploads)
    root = engine().library.staging() / "upload"
    with said_as(StudyError):
        _keep_folder(uploads, root)
    entries = list(root.iterdir())
    top = entries[0] if len(entries) == 1 else root  # browsers name the folder in each path
    return Chosen(top, what if top is root else top.name)


def _keep_folder(uploads: Sequence[UploadedFile], root: Path) -> None:
    """Writes an uploaded folder to disk, each file under its path in the folder.

    Raises:
        StudyError: a path leads out of the folder, or cannot be the path of a file.
    """
    for upload in uploads:
        relative = PurePosixPath(upload.name)
        if relative.is_absolute() or ".." in relative.parts:
            raise StudyError(f"The path “{upload.name}” leads out of the folder. Choose another.")
        kept = _kept(upload)
        path = root / relative
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.hardlink_to(kept)
        except (OSError, ValueError) as error:  # too long, twice the same, with a null byte, …
            raise StudyError(
                f"The folder holds “{upload.name}”, which cannot be stored under that name here. "
                "Rename it, or upload a zip."
            ) from error


def _kept(upload: UploadedFile) -> Path:
    return large_uploads.kept(upload) or engine().library.keep_upload(upload)


def _path(key: str, what: str) -> Chosen | None:
    """Of a file by its path a page tells nothing that whoever reached the page could learn by it.

    Raises:
        StudyError: there is no file or folder at it.
    """
    with st.form(f"{key}.path", border=False):
        text = st.text_input(
            f"Path of the {what.lower()}: a file or a folder", key=f"{key}.path.text"
        )
        if not st.form_submit_button("Open", icon=":material/folder_open:"):
            return None
    fault = (
        f"There is no {what.lower()} at this path that can be read. {IN_A_TERMINAL[what]} in a "
        "terminal says why."
    )
    path = Path(os.path.expanduser(text.strip()))  # noqa: PTH111 (leaves alone whom it knows not)
    # Neither pipes nor devices, which might never end; what cannot be looked at is not there.
    if not text.strip() or not (os.path.isfile(path) or os.path.isdir(path)):  # noqa: PTH112, PTH113
        raise StudyError(fault)
    return Chosen(path.resolve(), path.resolve().stem, fault)


def _turn(key: str) -> str:
    """The key of an uploader in its present turn; see `_forget`."""
    return f"{key}.{st.session_state.setdefault(f'{key}.turn', uuid.uuid4().hex)}"


def _forget(key: str, uploads: Sequence[UploadedFile]) -> None:
    """Empties an uploader: Streamlit holds files in memory for as long as a session lives."""
    st.session_state.pop(f"{key}.turn")  # a new key is a new uploader
    context = get_script_run_ctx()
    if context is not None:
        files = cast(MemoryUploadedFileManager, context.uploaded_file_mgr)
        for upload in uploads:
            files.remove_file(context.session_id, upload.file_id)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
