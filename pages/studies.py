"""pages/: the Studies page: all on this machine, to find, name, copy, take away and delete."""

from collections.abc import Callable

import streamlit as st

from dashboard import page_files
from dashboard.markdown import verbatim
from dashboard.server import downloads, sharing
from dashboard.server.engine import engine
from dashboard.state import readings, session
from dashboard.tables import study_table
from optimizer.choose.choice_in_words import in_words
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.files import refusal
from optimizer.store.labels import LONGEST_NOTE, LONGEST_TITLE, label
from optimizer.store.listing import Listed, bytes_on_disk
from optimizer.store.study import Study

TABLE, WORDS = "studies.table", "studies.words"
MOST_ROWS = 12  # of a table that is shown whole


@st.cache_data(max_entries=1000, show_spinner=False)
def on_disk(study_id: str, changed: str) -> int:
    """What a study takes, counted again when it has changed."""
    del changed
    return bytes_on_disk(engine().library.home / study_id)


def count_of(studies: list[Listed]) -> str:
    """`1 study`, `3 studies`."""
    return f"{len(studies):,} {'study' if len(studies) == 1 else 'studies'}"


def choose_one(found: list[Listed]) -> Listed | None:
    """The table; the study of the row that is chosen, else the one that the session looks at."""
    sizes = {one.id: on_disk(one.id, one.changed.isoformat()) for one in found}
    table = st.dataframe(
        study_table.studies(found, sizes),
        key=TABLE,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height="content" if len(found) <= MOST_ROWS else "auto",
        column_config={
            "Name": st.column_config.TextColumn(pinned=True),
            "Changed": st.column_config.DatetimeColumn(format="distance"),
            "On disk": st.column_config.NumberColumn(
                format="%.1f MB", help="What deleting it would free: files that it shares stay."
            ),
            "Tags": st.column_config.ListColumn(),
        },
    )
    rows = table.selection.rows
    if rows and rows[0] < len(found):
        return found[rows[0]]
    current = session.current()
    return next((one for one in found if current and one.id == current.index.id), None)


def show(one: Listed) -> None:
    """What became of a study, and what can be done with it."""
    with st.container(border=True):
        st.subheader(verbatim(one.name))
        try:
            study = engine().library.open(one.id)
        except LiteweighError as error:
            st.error(verbatim(sharing.told(str(error))), icon=":material/error:")
            return
        st.caption(
            f"Begun {study.index.created:%-d %B %Y}. Its folder is called {verbatim(one.id)}."
        )
        if len(study.index.variants) > 1:
            st.write(verbatim(in_words(readings.choice(study), study.index)))
        with st.container(horizontal=True):
            if st.button("Open", type="primary", icon=":material/arrow_forward:"):
                session.choose(one.id)
                st.switch_page(page_files.COMPARE if study.index.variants else page_files.MODEL)
            st.link_button(
                "Download all of it", downloads.study_url(study), icon=":material/download:"
            )
            if st.button("Duplicate", icon=":material/content_copy:"):
                did(lambda: engine().library.duplicate(study))
                st.rerun()
            if st.button("Delete …", icon=":material/delete:"):
                confirm_delete(one)
        describe(study)


def describe(study: Study) -> None:
    """Title, tags and note."""
    labels = study.index.labels
    with st.form(f"studies.describe.{study.index.id}", border=False):
        title = st.text_input(
            "Title", labels.title, max_chars=LONGEST_TITLE,
            placeholder=study.index.model.summary.name,
        )  # fmt: skip
        tags = st.multiselect(
            "Tags", sorted({*all_tags(), *labels.tags}), list(labels.tags), accept_new_options=True
        )
        note = st.text_area("Note", labels.note, max_chars=LONGEST_NOTE)
        if st.form_submit_button("Save", icon=":material/save:"):
            did(lambda: label(study, title=title, note=note, tags=tags))
            st.rerun()


def all_tags() -> set[str]:
    """Of all studies."""
    listed = engine().library.listing()
    return {tag for one in listed if one.index for tag in one.index.labels.tags}


@st.dialog("Delete this study?")
def confirm_delete(one: Listed) -> None:
    """Asks; what is deleted is gone for good."""
    count = len(one.index.variants) if one.index else 0
    freed = numbers.size(bytes_on_disk(engine().library.home / one.id))
    st.write(
        f"**{verbatim(one.name)}** with its model, its data and {count} variants will be gone for "
        f"good. That frees {freed}."
    )
    if st.button(
        "Delete it", type="primary", icon=":material/delete:", on_click=delete, args=(one.id,)
    ):
        st.rerun()


def delete(study_id: str) -> None:
    """Deletes a study; a session that looks at it looks at none then."""
    current = session.current()
    gone = did(lambda: engine().library.delete(study_id))
    if gone and current and current.index.id == study_id:
        session.leave()


def did(change: Callable[[], object]) -> bool:
    """Does something with a study; whether that went well, and if not the page says why."""
    try:
        change()
    except LiteweighError as error:
        session.say(str(error), "")
    except OSError as error:
        session.say(refusal.in_words(error), "")
    else:
        on_disk.clear()  # copies share files, and each has more of its own when another goes
        return True
    return False


st.title("Studies")
listed = engine().library.listing()
if not listed:
    st.write("There are none yet. A study begins with a model.")
    st.page_link(page_files.MODEL, label="Open a model", icon=":material/arrow_forward:")
else:
    words = st.text_input(
        "Find",
        key=WORDS,
        placeholder="name, model, data, recipe, tag or note",
        icon=":material/search:",
    )
    found = study_table.matching(listed, words)
    st.caption(f"{len(found)} of {count_of(listed)}" if words else count_of(listed))
    if found:
        chosen = choose_one(found)
        if chosen:
            show(chosen)
        else:
            st.info("Choose a row to see more of a study.", icon=":material/touch_app:")
    else:
        st.info("No study has all of these words.", icon=":material/search_off:")
