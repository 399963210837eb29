"""dashboard/frames/: the selected variant as a kit that builds, for a target of choice."""

from functools import partial

import streamlit as st

from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from optimizer.export.kits import KITS
from optimizer.export.kits.write import kit_name, obstacle, write_kit
from optimizer.store.records import Variant
from optimizer.store.study import Study

TARGET = "compare.kit.target"


def show(study: Study, variant: Variant) -> None:
    """A choice of target, what such a kit is, and a download that is made when it is pressed."""
    with st.popover("Code that runs it", icon=":material/integration_instructions:"):
        target = st.selectbox(
            "Where it is to run",
            list(KITS),
            key=TARGET,
            format_func=lambda name: KITS[name].title,
        )
        kind = KITS[target]
        st.markdown(verbatim(kind.summary))
        st.caption(verbatim(kind.checked))
        reason = obstacle(study, variant, target)
        if reason:
            st.warning(verbatim(reason), icon=":material/block:")
            return
        st.download_button(
            f"Download {verbatim(kit_name(study.index, variant, target))}",
            data=partial(_made, study, variant, target),
            file_name=kit_name(study.index, variant, target),
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            key="compare.kit",
        )


def _made(study: Study, variant: Variant, target: str) -> bytes:
    """The zip. A worker runs its test vectors, which takes a second or two."""
    in_micro = KITS[target].in_micro
    gathered = engine().gather_kit(study, variant, in_micro=in_micro).result()
    with engine().library.staged() as folder:
        return write_kit(study, variant, gathered, target, folder / "kit.zip").read_bytes()
