"""dashboard/forms/: asks, once a session, for the code that the terminal shows."""

import streamlit as st

from dashboard.server import unlocking

UNLOCKED = "unlock.done"


def unlocked(key: str, what: str) -> bool:
    """Whether this session has given the code; draws the question for it until then.

    Args:
        key: Of the widgets.
        what: What needs it: “To open a path on this computer”.
    """
    if st.session_state.get(UNLOCKED):
        return True
    with st.form(f"{key}.unlock", border=False):
        st.write(
            f"{what}, type the code that Liteweigh printed when it started, in the terminal where "
            "it runs, below its address. It shows that the server is yours: other users of this "
            "computer can reach this page too."
        )
        typed = st.text_input("Code", key=f"{key}.code", autocomplete="off", width=240)
        if st.form_submit_button("Unlock", icon=":material/lock_open:"):
            fault = unlocking.fault(typed)
            if fault is None:
                st.session_state[UNLOCKED] = True
                st.rerun()
            st.error(fault, icon=":material/lock:")
    return False
