"""dashboard/frames/: what is seen while a worker is at work for a page, and when it has failed.

The whole page waits for the session's operation, such as a model that is opened. A place of a page
may wait for something of its own, such as the answers of all variants to one sample.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import streamlit as st

from dashboard.frames import full_log
from dashboard.markdown import verbatim
from dashboard.server import sharing
from dashboard.state import session
from optimizer.errors import JobError, LiteweighError
from optimizer.export import numbers
from optimizer.jobs.pending import Pending

POLL_SECONDS = 0.4
AT_ONCE = 0.4  # seconds; what takes no longer shows no progress
T = TypeVar("T")


def show() -> bool:
    """Draws the progress of what the session waits for; whether the page should wait too."""
    operation = session.operation()
    if operation and operation.done:
        session.finish()
        st.rerun()
    if operation:
        _poll(_progress_and_stop, operation)
    return operation is not None


def show_message() -> None:
    """Draws the session's last error, on whatever page the user is."""
    message = session.message()
    if message:
        error, log = message
        st.error(verbatim(error), icon=":material/error:")
        if log:
            full_log.show(log)


@dataclass(frozen=True)
class _Work:
    """What a place of a page waits for, or has.

    Attributes:
        what: Tells it from other work for the same place.
        operation: Makes it.
    """

    what: object
    operation: Pending[Any]


def result(place: str, what: object, start: Callable[[], Pending[T]]) -> T | None:
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
        _poll(_progress, work.operation)
        return None
    try:
        return cast(T, work.operation.result())
    except LiteweighError as error:
        _show_error(place, error, work.operation.log)
        return None


def _wait_a_moment(operation: Pending[Any]) -> None:
    ended = threading.Event()
    operation.on_end(lambda _: ended.set())
    ended.wait(AT_ONCE)


def _poll(draw: Callable[[Pending[Any]], None], operation: Pending[Any]) -> None:
    """Draws the operation again and again until it is done; then the whole page."""
    st.fragment(_draw_or_end, run_every=POLL_SECONDS)(draw, operation)


def _draw_or_end(draw: Callable[[Pending[Any]], None], operation: Pending[Any]) -> None:
    if operation.done:
        st.rerun()
    draw(operation)


def _progress(operation: Pending[Any]) -> None:
    progress = operation.progress()
    stage = progress.stage if progress else "Waiting for a worker"
    st.progress(progress.fraction if progress else 0.0, text=f"{verbatim(stage)} …")


def _progress_and_stop(operation: Pending[Any]) -> None:
    with st.container(border=True, key="waiting"):
        _progress(operation)
        left = operation.limit.left if operation.limit else None
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Stop", key="waiting.stop"):
                operation.cancel()
            if operation.limit and left is not None:
                if st.button("Wait longer", key="waiting.longer"):
                    operation.limit.wait_longer()
                st.caption(f"Stopped in {numbers.seconds(left)}: some files take for ever.")


def _show_error(place: str, error: LiteweighError, log: str) -> None:
    """A worker that broke may do better the next time; what does not fit never will."""
    st.error(verbatim(sharing.told(str(error))), icon=":material/error:")
    if not isinstance(error, JobError):
        return
    if st.button("Try again", key=f"{place}.again", icon=":material/refresh:"):
        del st.session_state[place]
        st.rerun()
    if log:
        full_log.show(log)
