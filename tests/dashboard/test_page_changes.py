"""tests of dashboard/server/: a click on another page is kept until that page begins."""

import threading
from types import SimpleNamespace

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from dashboard.server import page_changes

CLICK = RerunData(page_script_hash="compare")
TICK = RerunData(page_script_hash="optimize", fragment_id="jobs", is_auto_rerun=True)
AGAIN = RerunData(page_script_hash="optimize")


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """For this test only."""
    whole = ScriptRequests._request_rerun_locked
    monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", whole)
    for name in ("_intended_page_script_hash", "_intended_page_name"):
        monkeypatch.setattr(PagesManager, name, None, raising=False)
    page_changes.keep()


def drawn_after(*asked: RerunData) -> str:
    """The page that is drawn where these were asked for while another was drawn."""
    requests = ScriptRequests()
    for one in asked:
        assert requests.request_rerun(one)
    page: str = requests.on_scriptrunner_ready().rerun_data.page_script_hash
    return page


@pytest.fixture
def in_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Optimize page's script asks, not a browser."""
    run = SimpleNamespace(page_script_hash="optimize")
    monkeypatch.setattr(page_changes, "get_script_run_ctx", lambda **_: run)


def test_the_clock_of_the_page_that_is_left_does_not_keep_it() -> None:
    assert drawn_after(CLICK, TICK) == "compare"
    assert drawn_after(TICK, CLICK, TICK) == "compare"


def test_a_browser_says_last_which_page_it_wants() -> None:
    assert drawn_after(CLICK, AGAIN) == "optimize"
    assert drawn_after(AGAIN, CLICK) == "compare"


@pytest.mark.usefixtures("in_script")
def test_a_script_that_begins_anew_does_not_keep_its_page() -> None:
    assert drawn_after(CLICK, AGAIN) == "compare"


@pytest.mark.usefixtures("in_script")
def test_a_script_can_lead_to_another_page() -> None:
    assert drawn_after(AGAIN, CLICK) == "compare"
    assert drawn_after(TICK, CLICK) == "compare"
    assert drawn_after(RerunData(page_script_hash="data"), CLICK) == "compare"


def test_where_nobody_left_all_is_drawn() -> None:
    assert drawn_after(TICK) == drawn_after(AGAIN, TICK) == drawn_after(TICK, AGAIN) == "optimize"


def test_a_script_that_still_ends_does_not_say_what_the_next_one_draws() -> None:
    pages = PagesManager("app.py")
    pages.set_script_intent("compare", "")
    left = threading.Thread(target=pages.set_script_intent, args=("optimize", ""))
    left.start()
    left.join()
    known = {name: {"page_script_hash": name} for name in ("compare", "optimize", "model")}
    drawn = pages.set_pages_and_resolve(known, "model")  # type: ignore[arg-type]
    assert drawn is not None
    assert drawn["page_script_hash"] == "compare"
