"""dashboard/: what the user sees while a model is opened or data are read, and when that fails."""

import streamlit as st

from dashboard import session

POLL_SECONDS = 0.4


@st.fragment(run_every=POLL_SECONDS)
def _progress() -> None:
    operation = session.operation()
    if operation is None or operation.done:
        st.rerun()
    progress = operation.progress()
    stage = progress.stage if progress else "Waiting for a worker"
    with st.container(border=True, key="waiting"):
        st.progress(progress.fraction if progress else 0.0, text=f"{stage} …")
        if st.button("Stop", key="waiting.stop"):
            operation.cancel()


def show() -> bool:
    """Draws the progress of what the user waits for; whether the page should wait too."""
    operation = session.operation()
    if operation and operation.done:
        session.finish()
        st.rerun()
    if operation:
        _progress()
    return operation is not None


def show_message() -> None:
    """Draws the last error, on whatever page the user is."""
    message = session.message()
    if message:
        error, log = message
        st.error(error, icon=":material/error:")
        if log:
            with st.expander("Full log"):
                st.code(log, language=None, height=300)
