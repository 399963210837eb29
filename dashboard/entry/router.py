"""dashboard/entry/: the first script of every page: page config, navigation, the current study.

Streamlit puts the folder of this script on the path from which modules are imported, so it lies in
one of its own: `tables` or `state` could be imported by accident else.
"""

from pathlib import Path

import streamlit as st

from dashboard import page_files
from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.state import session
from dashboard.tables.study_table import study_names
from optimizer.export.provenance import moment

CHOSEN = "router.study"

# A picture of our own: Streamlit's Material icons are fetched from Google when used as favicon.
PICTURES = Path(__file__).parents[1]
st.set_page_config(page_title="Liteweigh", page_icon=str(PICTURES / "icon.svg"), layout="wide")
st.logo(str(PICTURES / "logo.svg"), icon_image=str(PICTURES / "icon.svg"), size="large")
session.restore()

page = st.navigation(
    [
        st.Page(page_files.MODEL, title="Model", icon=":material/deployed_code:", default=True),
        st.Page(page_files.DATA, title="Data", icon=":material/dataset:"),
        st.Page(page_files.OPTIMIZE, title="Optimize", icon=":material/tune:"),
        st.Page(page_files.COMPARE, title="Compare", icon=":material/balance:"),
        st.Page(page_files.SIDE_BY_SIDE, title="Side by side", icon=":material/compare:"),
        st.Page(page_files.INSPECT, title="Inspect", icon=":material/search:"),
        st.Page(page_files.DEVICES, title="Devices", icon=":material/memory:"),
        st.Page(page_files.STUDIES, title="Studies", icon=":material/folder_open:"),
    ]
)

session.arrive(page.url_path)

study = session.current()
named = [page.title, *([study.index.name] if study else []), "Liteweigh"]
st.set_page_config(page_title=" · ".join(named))  # of the browser's tab

with st.sidebar:
    if study:
        st.caption("Study")
        st.session_state[CHOSEN] = study.index.id
        called = study_names(engine().library.listing())
        st.selectbox(
            "Study",
            list(called),
            key=CHOSEN,
            format_func=lambda study_id: called.get(study_id, study_id),
            on_change=lambda: session.choose(st.session_state[CHOSEN]),
            label_visibility="collapsed",
        )
        st.caption(
            f"Begun {moment(study.index.created.isoformat())}. The address of this page leads "
            "back to this study."
        )
        if st.button("New study", icon=":material/add:", width="stretch"):
            session.leave()
            st.switch_page(page_files.MODEL)
operations.show_message()
if study and study.note:
    st.info(verbatim(study.note), icon=":material/drive_file_rename_outline:")
if study and study.trouble:
    st.warning(study.trouble, icon=":material/save:")
page.run()
