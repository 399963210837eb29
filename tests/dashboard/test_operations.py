"""tests of dashboard/: what a page shows while a worker makes something for it, and afterwards."""

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.frames import operations
from optimizer.errors import DataError, JobError, LiteweighError
from optimizer.jobs.pending import Pending
from optimizer.jobs.time_limit import TimeLimit
from optimizer.workers.progress import Progress
from tests.waiting import PATIENCE

Operations = list["Pending[str]"]


def script() -> None:
    """A page that waits for a word about what `what` names."""
    import streamlit as st

    from dashboard.frames import operations

    made = operations.result("place", st.session_state.what, st.session_state.start)
    st.markdown(made or "nothing yet")


def shown(bar: Any) -> str:
    return str(bar.proto.text)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Operations:
    """The operations that the page began, in order."""
    monkeypatch.setattr(operations, "AT_ONCE", 0)
    return []


@pytest.fixture
def stopped() -> list[int]:
    """The places in `begun` of those that were stopped."""
    return []


@pytest.fixture
def app(begun: Operations, stopped: list[int]) -> AppTest:
    def start() -> "Pending[str]":
        number = len(begun)
        progress = Progress("Thinking", 0.5)
        begun.append(Pending(lambda: progress, lambda: stopped.append(number)))
        return begun[-1]

    made = AppTest.from_function(script, default_timeout=PATIENCE)
    made.session_state.what, made.session_state.start = "one", start
    return made.run()


def test_progress_is_shown_until_the_result_is_there(app: AppTest, begun: Operations) -> None:
    assert app.markdown[0].value == "nothing yet"
    assert [shown(bar) for bar in app.get("progress")] == ["Thinking …"]
    begun[0].succeed("done")
    app.run()
    assert app.markdown[0].value == "done"
    assert not app.get("progress")
    assert len(app.run().markdown) == len(begun) == 1, "nothing is made twice"


def test_something_else_begins_anew_and_stops_what_nobody_waits_for(
    app: AppTest, begun: Operations, stopped: list[int]
) -> None:
    app.session_state.what = "two"
    app.run()
    assert (len(begun), stopped) == (2, [0])
    begun[1].succeed("second")
    assert app.run().markdown[0].value == "second"


@pytest.mark.parametrize(
    ("error", "again"),
    [(DataError("It does not fit."), False), (JobError("It broke."), True)],
    ids=["never will", "may do better"],
)
def test_an_error_is_one_sentence(
    app: AppTest, begun: Operations, error: LiteweighError, again: bool
) -> None:
    begun[0].fail(error, "the log")
    app.run()
    assert [shown.value for shown in app.error] == [str(error)]
    assert app.markdown[0].value == "nothing yet"
    assert [button.label for button in app.button] == (["Try again"] if again else [])
    assert [shown.value for shown in app.code] == (["the log"] if again else [])
    if again:
        app.button[0].click().run()
        assert len(begun) == 2


def waiting() -> None:
    """A page that waits for a model."""
    import streamlit as st

    from dashboard.frames import operations
    from dashboard.state import session

    st.session_state[session.OPERATION] = st.session_state.operation
    operations.show()


def test_a_page_that_waits_for_a_model_says_how_long_and_can_wait_longer() -> None:
    ended: list[int] = []
    limit = TimeLimit(600)
    pending: Pending[str] = Pending(lambda: Progress("Loading", 0.1), lambda: None, limit)
    app = AppTest.from_function(waiting)
    app.session_state.operation = pending
    assert not app.run().caption, "it has not begun"
    limit.begin(lambda: ended.append(1))
    app.run()
    assert re.fullmatch(
        "Stopped in (10 min 0 s|9 min .+ s): some files take for ever.", caption(app)
    )
    app.button(key="waiting.longer").click().run()
    app.run()
    assert re.fullmatch(
        "Stopped in (20 min 0 s|19 min .+ s): some files take for ever.", caption(app)
    )
    limit.stop()
    assert ended == []


def caption(app: AppTest) -> str:
    return str(app.caption[0].value)
