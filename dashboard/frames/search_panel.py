"""dashboard/frames/: limits on top, one button that finds the best file, and what it does."""

import streamlit as st

from dashboard import page_files
from dashboard.forms import limits_form
from dashboard.markdown import verbatim
from dashboard.server import sharing
from dashboard.server.engine import engine
from dashboard.state import readings, session
from dashboard.tables import tried_table
from dashboard.tables.height import height
from optimizer.choose.at_best import at_best
from optimizer.choose.choice_in_words import in_words
from optimizer.choose.known import known
from optimizer.choose.loss_unit import meant
from optimizer.choose.quick_search import MOST, QuickSearch
from optimizer.choose.search_in_words import how_far, why_not_smaller
from optimizer.errors import LiteweighError
from optimizer.jobs.searches import Search
from optimizer.store.study import Study

POLL_SECONDS = 0.5
KEY = "search"
MOST_ROWS, TALL = 10, 380  # of the table of what was tried that is shown whole; else pixels
HELP = (
    "Tries conversions on the tuning samples, 40 at most, and proves the best on the evaluation "
    "samples. Nothing is trained"
)


def show(study: Study, *, result: bool = False) -> None:
    """The limits, the button or the progress, and what was tried.

    Args:
        study: With its data.
        result: Whether what was found is said here too: on a page that shows no choice.
    """
    index = study.index
    search = engine().searching(study)
    with st.container(border=True, key=KEY):
        with st.container(horizontal=True, vertical_alignment="center"):
            limits_form.show(study)
            if search is None or search.done:
                _offer(study)
        for note in filter(None, (meant(index), at_best(index))):
            st.caption(verbatim(note))
        if search and not search.done:
            st.fragment(_progress, run_every=POLL_SECONDS)(search)
            return
        if search and search.error:
            said = verbatim(sharing.told(search.error))
            st.error(f"The search ended early. {said}", icon=":material/error:")
        if index.tried:
            _found(study, result=result)


def _offer(study: Study) -> None:
    if st.button(
        "Find the best file", key=f"{KEY}.begin", type="primary", icon=":material/search:",
        help=HELP,
    ):  # fmt: skip
        try:
            engine().search(study, QuickSearch(engine()))
        except LiteweighError as error:
            session.say(str(error), "")
        st.rerun()


def _progress(search: Search) -> None:
    if search.done:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        share = 1.0 if search.finalists else min(1.0, len(known(search.study)) / MOST)
        st.progress(share, text=verbatim(how_far(search)))
        if st.button("Stop", key=f"{KEY}.stop", icon=":material/stop_circle:"):
            search.stop()
            search.wait(2)
            st.rerun()
    if search.trying:
        st.caption(f":material/sync: {verbatim(', '.join(search.trying))}")


def _found(study: Study, *, result: bool) -> None:
    choice = readings.choice(study)
    if result:
        st.markdown(f"**{verbatim(in_words(choice, study.index))}**")
    why = why_not_smaller(study, choice)
    if why:
        st.caption(verbatim(f"Why not smaller: {why}"))
    if result:
        st.page_link(page_files.COMPARE, label="Compare results", icon=":material/balance:")
    found = list(known(study).values())
    with st.expander(f"What was tried: {len(found)}"):
        st.dataframe(
            tried_table.tried(found, study),
            key=f"{KEY}.tried",
            hide_index=True,
            placeholder="–",
            height=height(len(found), MOST_ROWS, TALL),
            column_config={
                "Size": st.column_config.NumberColumn(format="%.1f KB"),
                "Seconds": st.column_config.NumberColumn("Took", format="%.1f s"),
            },
        )
