"""dashboard/forms/: pins, hides and notes a variant; the study keeps it."""

from functools import partial

import streamlit as st

from dashboard.state import session
from optimizer.errors import LiteweighError
from optimizer.files import refusal
from optimizer.store.labels import LONGEST_NOTE
from optimizer.store.remarks import remark_on
from optimizer.store.study import Study

KEY = "compare.remark"


def show(study: Study, recipe: str) -> None:
    """Two switches and a text.

    Args:
        study: Open for writing.
        recipe: Of one of its variants.
    """
    now = study.index.remark(recipe)
    # Keys of their own for each variant: a widget keeps what was typed for another else.
    keep = partial(_keep, study, recipe)
    of = f"{study.index.id}.{recipe}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.toggle(
            "Pin", now.pinned, key=f"{KEY}.pinned.{of}", on_change=keep, args=("pinned", of),
            help="It stands first in the table, and has its name in the chart",
        )  # fmt: skip
        st.toggle(
            "Hide", now.hidden, key=f"{KEY}.hidden.{of}", on_change=keep, args=("hidden", of),
            help="Left out of chart and table; it may still be the choice",
        )  # fmt: skip
        st.text_input(
            "Note", now.note, max_chars=LONGEST_NOTE, key=f"{KEY}.note.{of}", on_change=keep,
            args=("note", of), placeholder="A note on this variant",
            label_visibility="collapsed", width=400,
        )  # fmt: skip


def _keep(study: Study, recipe: str, what: str, of: str) -> None:
    value = st.session_state[f"{KEY}.{what}.{of}"]
    try:
        remark_on(study, recipe, **{what: value})
    except LiteweighError as error:
        session.say(str(error), "")
    except OSError as error:
        session.say(refusal.in_words(error), "")
