"""dashboard/: what a worker makes for a page: begun once, its progress shown until it is there."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import streamlit as st

from optimizer.errors import JobError, LiteweighError
from optimizer.jobs.operation import Operation

POLL_SECONDS = 0.4
AT_ONCE = 0.4  # seconds; what takes no longer shows no progress
T = TypeVar("T")


@dataclass(frozen=True)
class _Work:
    """What a place of a page waits for, or has.

    Attributes:
        what: Tells it from other work for the same place.
        operation: Makes it.
    """

    what: object
    operation: Operation[Any]


def result(place: str, what: object, start: Callable[[], Operation[T]]) -> T | None:
    """What the operation makes; until it is there, and where it fails, None.

    Progress, or the error, is drawn here. Work for something else in the same place is stopped.

    Args:
        place: The key of the place on the page.
        what: Begins anew when it changes.
        start: Begins it.
    """
    work = cast(_Work | None, st.session_state.get(place))
    if work is None or work.what != what:
        if work and not work.operation.done:
            work.operation.cancel()
        work = _Work(what, start())
        st.session_state[place] = work
        _wait_a_moment(work.operation)
    if not work.operation.done:
        st.fragment(_progress, run_every=POLL_SECONDS)(work.operation)
        return None
    try:
        return cast(T, work.operation.result())
    except LiteweighError as error:
        _show_error(place, error, work.operation.log)
        return None


def _wait_a_moment(operation: Operation[Any]) -> None:
    ended = threading.Event()
    operation.on_end(lambda _: ended.set())
    ended.wait(AT_ONCE)


def _progress(operation: Operation[Any]) -> None:
    if operation.done:
        st.rerun()
    progress = operation.progress()
    stage = progress.stage if progress else "Waiting for a worker"
    st.progress(progress.fraction if progress else 0.0, text=f"{stage} …")


def _show_error(place: str, error: LiteweighError, log: str) -> None:
    """A worker that broke may do better the next time; what does not fit never will."""
    st.error(str(error), icon=":material/error:")
    if not isinstance(error, JobError):
        return
    if st.button("Try again", key=f"{place}.again", icon=":material/refresh:"):
        del st.session_state[place]
        st.rerun()
    if log:
        with st.expander("Full log"):
            st.code(log, language=None, height=300)
