"""dashboard/server/: a click on another page is kept until that page begins.

Streamlit keeps one request to draw a page in waiting, and the newest says which page. The page
that is left asks too: a part of it that is drawn anew each second, or its script, which begins
itself anew once a job has ended. Where that comes after the click, the click is forgotten.
"""

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
    ScriptRequestType,
)


def keep() -> None:
    """From now on, of all pages; to be called once, before the first is drawn."""
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
