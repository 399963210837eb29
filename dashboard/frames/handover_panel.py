"""dashboard/frames/: what goes to the next colleague: card, script, a file that says what it is."""

import io
import zipfile
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from optimizer.errors import LiteweighError
from optimizer.export.card.licences import LICENCES
from optimizer.export.card.write import CARD, write_card
from optimizer.export.files import download_name
from optimizer.export.kits.write import contents_of
from optimizer.export.metadata import Texts, described
from optimizer.export.script.write import NOTEBOOK, script_name, write_script
from optimizer.jobs.device_results import runs_here
from optimizer.store.records import Variant
from optimizer.store.study import Study

KEY = "compare.handover"
SCRIPT, AS_NOTEBOOK = "Script", "Notebook"


def show(study: Study, variant: Variant) -> None:
    """Three downloads for the selected variant; a script is made when it is asked for."""
    with st.popover("To hand on", icon=":material/volunteer_activism:"):
        licence = st.selectbox(
            "Licence of the model", LICENCES, index=None, key=f"{KEY}.licence",
            placeholder="only its owner knows",
        )  # fmt: skip
        st.download_button(
            "Download the model card",
            data=partial(_card, study, variant, licence or ""),
            file_name=CARD,
            mime="text/markdown",
            on_click="ignore",
            icon=":material/badge:",
            help="A README.md that the Hugging Face Hub reads, with the numbers of this study.",
            key=f"{KEY}.card",
        )
        if runs_here(variant):
            st.download_button(
                "Download the file with metadata",
                data=partial(_described, study, variant, licence or ""),
                file_name=download_name(study.index, variant),
                mime="application/octet-stream",
                on_click="ignore",
                icon=":material/label:",
                help="The same network; names, scaling and labels stand in the file.",
                key=f"{KEY}.metadata",
            )
        _script(study, variant)


def _script(study: Study, variant: Variant) -> None:
    """What makes the same file again without Liteweigh; or why nothing does."""
    form = st.segmented_control(
        "What makes it again without Liteweigh", [SCRIPT, AS_NOTEBOOK], key=f"{KEY}.form",
        help="From the same model and the same data. What is trained again may differ in its "
        "bytes; the script says at its end how near it came.",
    )  # fmt: skip
    if form is None:
        return
    name = script_name(study.index, variant)
    if form == AS_NOTEBOOK:
        name = str(Path(name).with_suffix(NOTEBOOK))
    try:
        file, content = _scripted(study, variant, name)
    except LiteweighError as error:
        st.warning(verbatim(str(error)), icon=":material/block:")
        return
    st.download_button(
        f"Download {verbatim(file)}",
        data=content,
        file_name=file,
        on_click="ignore",
        icon=":material/code:",
        key=f"{KEY}.script",
    )


def _card(study: Study, variant: Variant, licence: str) -> bytes:
    with engine().library.staged() as folder:
        return write_card(study, variant, folder / CARD, licence).read_bytes()


def _described(study: Study, variant: Variant, licence: str) -> bytes:
    """The file. A worker writes it, and holds it against the one without, in a second or two."""
    gathered = engine().gather_kit(study, variant).result()
    said = described(contents_of(study, variant, gathered), Texts(licence=licence))
    return engine().describe(study, variant, said).result()


def _scripted(study: Study, variant: Variant, name: str) -> tuple[str, bytes]:
    """The name of the download and what is in it: a zip where samples go along."""
    with engine().library.staged() as folder:
        files = write_script(study, variant, folder / name)
        if len(files) == 1:
            return name, files[0].read_bytes()
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.name)
        return f"{Path(name).stem}.zip", content.getvalue()
