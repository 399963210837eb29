"""dashboard/state/: what one browser session remembers. The study itself is named by the URL."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import streamlit as st

from dashboard.server import sharing
from dashboard.server.engine import engine
from optimizer.errors import LiteweighError, UndecidedError
from optimizer.jobs.pending import Pending
from optimizer.store.study import Study

PARAMETER = "study"
CURRENT = "session.study"
OPERATION = "session.operation"
START = "session.start"
ASKED = "session.asked"
MESSAGE = "session.message"
PAGE = "session.page"


def restore() -> None:
    """Brings URL and session together at the start of each run: the URL wins."""
    wanted = st.query_params.get(PARAMETER)
    if wanted and wanted != st.session_state.get(CURRENT):
        try:
            engine().library.open(wanted)
            st.session_state[CURRENT] = wanted
        except LiteweighError as error:
            del st.query_params[PARAMETER]
            say(str(error), "")
    current = st.session_state.get(CURRENT)
    if current and not engine().library.has(current):  # somebody has deleted it
        leave()
        say(f"The study “{current}” was deleted.", "")
    elif current:
        st.query_params[PARAMETER] = current


def current() -> Study | None:
    """The study that this session looks at; None before there is one."""
    study_id = st.session_state.get(CURRENT)
    return engine().library.open(study_id) if study_id else None


def choose(study_id: str) -> None:
    """Turns this session to another study; to one that cannot be opened it does not."""
    st.session_state.pop(MESSAGE, None)
    try:
        engine().library.open(study_id)
    except LiteweighError as error:
        say(str(error), "")
    else:
        st.session_state[CURRENT] = st.query_params[PARAMETER] = study_id


def leave() -> None:
    """Turns this session to no study."""
    st.session_state.pop(CURRENT, None)
    st.session_state.pop(MESSAGE, None)
    st.session_state.pop(ASKED, None)
    st.query_params.pop(PARAMETER, None)


def arrive(page: str) -> None:
    """Forgets what another page had to say."""
    if st.session_state.get(PAGE, page) != page:
        st.session_state.pop(MESSAGE, None)
        st.session_state.pop(ASKED, None)
    st.session_state[PAGE] = page


@dataclass(frozen=True)
class Asked:
    """What the user has to decide before something can go on.

    Attributes:
        error: Says what, and holds the question.
        options: What was decided before: OpenOptions or DataOptions.
        again: Begins once more, with other options and more files.
    """

    error: UndecidedError
    options: Any
    again: Callable[..., None]


def begin(operation: Pending[Study]) -> None:
    """Remembers what the user waits for."""
    st.session_state[OPERATION] = operation
    st.session_state.pop(START, None)
    st.session_state.pop(MESSAGE, None)
    st.session_state.pop(ASKED, None)


def begin_with(
    start: Callable[..., Pending[Study]], options: Any, fault: str = "", **files: Path
) -> None:
    """Begins something that may turn out to need a decision of the user.

    Args:
        start: Begins it, with OpenOptions or DataOptions.
        options: What is decided now.
        fault: All that is said if the file cannot be read; if it is empty, what was found in it.
        files: What was brought beside it, by the names that `start` has for them.
    """
    start = partial(start, **files)
    begin(start(options))
    st.session_state[START] = (start, options, fault)


def asked() -> Asked | None:
    """What the user has to decide; None if nothing."""
    return cast(Asked | None, st.session_state.get(ASKED))


def operation() -> Pending[Study] | None:
    """What the user waits for; None if nothing."""
    return cast(Pending[Study] | None, st.session_state.get(OPERATION))


def finish() -> None:
    """Takes over what came out of the operation: a study, or an error to show."""
    done = st.session_state.pop(OPERATION)
    start, options, fault = st.session_state.pop(START, (None, None, ""))
    try:
        choose(done.result().index.id)
    except UndecidedError as error:
        again = partial(begin_with, start, fault=fault)
        st.session_state[ASKED] = Asked(error, options, again)
    except LiteweighError as error:
        say(fault or str(error), "" if fault else done.log)


def say(error: str, log: str) -> None:
    """Keeps an error to show on the page until something else is done."""
    st.session_state[MESSAGE] = (sharing.told(error), log)


def unsay() -> None:
    """Forgets it: something else was done, and well."""
    st.session_state.pop(MESSAGE, None)


def message() -> tuple[str, str] | None:
    """The error to show and its log, if there is one."""
    return cast(tuple[str, str] | None, st.session_state.get(MESSAGE))
