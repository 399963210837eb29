"""dashboard/server/: a click on another page is kept until that page begins.

Two faults of Streamlit forget it. It keeps one request to draw a page in waiting, and the newest
says which page: the page that is left asks too, for a part of it is drawn anew each second, or its
script begins itself anew once a job has ended. And a click starts a script of its own while the
one before it still ends, perhaps by beginning itself anew: which page is meant is noted in one
place for both, and whoever writes there last decides what both of them draw.
"""

import threading

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
    ScriptRequestType,
)


def keep() -> None:
    """From now on, of all pages; to be called once, before the first is drawn."""
    _keep_in_waiting()
    _keep_apart()


def _keep_in_waiting() -> None:
    take = ScriptRequests._request_rerun_locked

    def take_or_pass_over(requests: ScriptRequests, new: RerunData) -> bool:
        waits = requests._state is ScriptRequestType.RERUN
        waiting = requests._rerun_data if waits else None
        if waiting and waiting.page_script_hash != new.page_script_hash and _by_itself(new):
            return True
        return take(requests, new)

    ScriptRequests._request_rerun_locked = take_or_pass_over  # type: ignore[assignment, method-assign]


def _by_itself(new: RerunData) -> bool:
    """Whether a page, and no user, asks that it be drawn once more."""
    run = get_script_run_ctx(suppress_warning=True)
    by_its_script = run is not None and run.page_script_hash == new.page_script_hash
    return new.is_auto_rerun or by_its_script


def _keep_apart() -> None:
    """Each script notes for itself which page is meant: it has a thread of its own."""
    for name in ("_intended_page_script_hash", "_intended_page_name"):
        setattr(PagesManager, name, _OfThread())


class _OfThread:
    """An attribute with a value for each thread."""

    def __init__(self) -> None:
        self._here = threading.local()

    def __get__(self, owner: object, kind: type | None = None) -> str | None:
        value: str | None = getattr(self._here, "value", None)
        return value

    def __set__(self, owner: object, value: str | None) -> None:
        self._here.value = value
