"""dashboard/: the first script of every page: page config, navigation, the current study."""

import streamlit as st

from dashboard import navigation, session
from dashboard.engine import engine

st.set_page_config(page_title="Liteweigh", page_icon=":material/scale:", layout="wide")
session.restore()

page = st.navigation(
    [
        st.Page(navigation.MODEL, title="Model", icon=":material/deployed_code:", default=True),
        st.Page(navigation.DATA, title="Data", icon=":material/dataset:"),
        st.Page(navigation.OPTIMIZE, title="Optimize", icon=":material/tune:"),
        st.Page(navigation.COMPARE, title="Compare", icon=":material/balance:"),
    ]
)

with st.sidebar:
    study = session.current()
    if study:
        st.caption("Study")
        ids = engine().library.ids()
        chosen = st.selectbox(
            "Study", ids, index=ids.index(study.index.id), label_visibility="collapsed"
        )
        if chosen != study.index.id:
            session.choose(chosen)
            st.rerun()
        st.caption("The address of this page leads back to this study.")
        if st.button("New study", icon=":material/add:", width="stretch"):
            session.choose(None)
            st.switch_page(navigation.MODEL)
page.run()
