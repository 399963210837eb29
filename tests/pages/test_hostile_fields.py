"""tests of pages/: a text of others stays a text, in whatever field of whatever element it stands.

What the browser makes of it is looked at in `tests/browser/test_spy.py`; here every field of every
element is, also of those that a browser shows only after a click.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.state import selection, session
from optimizer.data.data_options import Column, DataOptions, DataQuestion, UndecidedDataError
from optimizer.data.understand_labels import LabelsQuestion, UndecidedLabelsError
from optimizer.errors import Decision, JobError
from optimizer.jobs.pending import Pending
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.open_options import ModelQuestion, OpenOptions, UndecidedModelError
from optimizer.models.summary import TensorSpec
from optimizer.store.study import Study
from optimizer.workers.progress import Progress
from tests.hostile.fields import MARK, attacks, hostile_copy
from tests.pages.conftest import Visit
from tests.pages.test_inspect_page import INT8, TABS, inspect

RAW = (
    f"![{MARK}", f"[{MARK}](", "<img", "<a ", "<script", "<br>", "<b>spy", "<sup>", f"http://{MARK}",
    f"www.{MARK}", f"mail@{MARK}", ":red[spy", ":material/home", f"`{MARK}`", f"**{MARK}**",
    f"~~{MARK}~~", "$x_", "&lt;img", f"\n# {MARK}", f"\n- {MARK}", "\u202e", "\x07",
)  # fmt: skip
"""What an attack has, and a text made of it has not."""
NEVER_SHOWN = {"id", "form_id", "alt"}
"""Names of elements, and what is read aloud in their place."""
OWN_LINK = re.compile(r'<a href="(?:compare\?|/files/)[^"<>]*"(?: target="_self"| download)>')
"""A link of a page's own HTML, which leads to this server alone."""
HTML = ("<img", "<a ", "<script", "<sup>")
ONE = (str, bytes, int, float, Message)
PLAIN = {
    ("Selectbox", "options"), ("Selectbox", "raw_value"), ("MultiSelect", "options"),
    ("MultiSelect", "default"), ("Code", "code_text"), ("Json", "body"), ("TextArea", "default"),
    ("TextInput", "default"), ("TextInput", "placeholder"),
}  # fmt: skip
"""Fields that Streamlit 1.67 shows as they are; the browser's test looks at that."""


@pytest.fixture(scope="module")
def hostile(scheduler: Scheduler, results: Study) -> Study:
    """The study with results, and attacks wherever it has a name."""
    hostile_copy(results.folder, scheduler.library.home / "hostile")
    return scheduler.library.open("hostile")


def fields(message: Message) -> Iterator[tuple[str, str, str]]:
    """The texts in an element: kind of the message, name of the field, text."""
    for field, value in message.ListFields():
        several = value.values() if hasattr(value, "values") else value
        for one in [value] if isinstance(value, ONE) else several:
            if isinstance(one, Message):
                yield from fields(one)
            elif isinstance(one, str):
                yield message.DESCRIPTOR.name, field.name, one


def raw_in(text: str) -> list[str]:
    escaped = re.sub(r"\\.", "", text)
    return [part for part in RAW if part in escaped]


def assert_harmless(app: AppTest) -> None:
    """Nothing on the page has a text of others in it that is more than a text."""
    found: list[tuple[str, ...]] = []
    for element in _elements(app):
        for kind, name, text in fields(element.proto):
            if kind == "PlotlyChart" and name == "spec":
                found += [(kind, part) for part in _raw_in_figure(json.loads(text))]
            elif (kind, name) not in PLAIN and name not in NEVER_SHOWN:
                theirs = OWN_LINK.sub("", text) if kind == "Html" else text
                found += [(kind, name, part, text[:200]) for part in raw_in(theirs)]
    for table in app.table:
        found += [
            ("table", part) for part in raw_in("\n".join(map(str, table.value.to_numpy().flat)))
        ]
    for frame in app.dataframe:
        texts = [value for value in frame.value.to_numpy().flat if isinstance(value, str)]
        found += [
            ("formula", text)
            for text in texts
            if text.startswith(("=", "@", "\t", "\r", "+s", "-2+"))
        ]
    assert found == []


def _elements(app: AppTest) -> Iterator[Any]:
    """Every element, also those in closed expanders and forms."""
    for node in app._tree:
        if hasattr(node, "proto") and isinstance(node.proto, Message):
            yield node


def _raw_in_figure(value: Any, key: str = "") -> Iterator[str]:
    """HTML in a figure's texts; what goes back to us when a point is chosen is not shown."""
    if isinstance(value, dict):
        shows_data = "%{customdata" in str(value.get("hovertemplate", ""))
        for name, inner in value.items():
            if name != "customdata" or shows_data:
                yield from _raw_in_figure(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _raw_in_figure(inner, key)
    elif isinstance(value, str):
        yield from (f"{key}: {part}" for part in HTML if part in value)


@pytest.mark.parametrize(
    "page", ["MODEL", "DATA", "OPTIMIZE", "COMPARE", "SIDE_BY_SIDE", "DEVICES", "STUDIES"]
)
def test_no_page_makes_more_of_a_name_than_a_text(visit: Visit, hostile: Study, page: str) -> None:
    app = visit(getattr(page_files, page), hostile)
    assert MARK in str([list(fields(element.proto)) for element in _elements(app)])
    assert_harmless(app)


@pytest.mark.parametrize("recipe", ["float32", INT8])
def test_neither_does_the_choice_of_a_variant(visit: Visit, hostile: Study, recipe: str) -> None:
    app = visit(page_files.COMPARE, hostile)
    app.session_state[selection.SELECTED] = recipe
    assert_harmless(app.run())


@pytest.mark.parametrize("tab", TABS)
def test_neither_does_a_look_into_a_file(visit: Visit, hostile: Study, tab: str) -> None:
    assert_harmless(inspect(visit, hostile, INT8, tab))


def test_neither_does_the_address_of_a_page(visit: Visit) -> None:
    app = visit(page_files.MODEL, " ".join(attacks()))
    assert MARK in app.error[0].value
    assert_harmless(app)


def questions() -> dict[str, tuple[Any, Any]]:
    """Everything that a user may be asked, with names of others in it."""
    names, first = attacks(), attacks()[0]
    specs = tuple(TensorSpec(name, (None, None, 3), name) for name in names)
    columns = tuple(Column(name, "number", 2, 0, name) for name in names)
    meanings = tuple(Decision(name, {"output": name}, (name, name)) for name in names)
    error = "\n".join(names)
    return {
        "code": (UndecidedModelError(error, ModelQuestion(code=names)), OpenOptions()),
        "sizes": (UndecidedModelError(error, ModelQuestion(open_inputs=specs)), OpenOptions()),
        "ends": (
            UndecidedModelError(error, ModelQuestion(graph_inputs=specs, graph_outputs=specs)),
            OpenOptions(),
        ),
        "no ends": (UndecidedModelError(error, ModelQuestion()), OpenOptions()),
        "operators": (UndecidedModelError(error, ModelQuestion(operators=names)), OpenOptions()),
        "label": (UndecidedDataError(error, DataQuestion(columns, first)), DataOptions()),
        "meaning": (UndecidedLabelsError(error, LabelsQuestion(meanings)), DataOptions()),
    }


@pytest.mark.parametrize("what", questions())
def test_neither_does_a_question(visit: Visit, results: Study, what: str) -> None:
    app = visit(page_files.DATA if what in {"label", "meaning"} else page_files.MODEL, results)
    error, options = questions()[what]
    app.session_state[session.ASKED] = session.Asked(error, options, lambda _: None)
    assert_harmless(app.run())
    assert app.session_state[session.ASKED]


def test_neither_do_progress_errors_and_logs(visit: Visit) -> None:
    app, text = visit(page_files.MODEL), "\n".join(attacks())
    pending: Pending[Any] = Pending(lambda: Progress(text, 0.5), lambda: None)
    app.session_state[session.OPERATION] = pending
    assert_harmless(app.run())
    pending.fail(JobError(text), text)
    assert_harmless(app.run())
    assert MARK in app.error[0].value
    assert MARK in app.code[0].value
