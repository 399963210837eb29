"""tests of dashboard/: widgets come from a technique's own declaration, whatever it declares."""

from enum import Enum
from typing import Any

from streamlit.testing.v1 import AppTest

from optimizer.techniques.technique import Family, Technique, parameter


class Speed(str, Enum):
    """A choice with names for the page."""

    SLOW = "slow"
    FAST = "fast"

    @property
    def label(self) -> str:
        return self.value.title()


class Imaginary(Technique):
    """A technique that nobody wrote a page for."""

    name = "imaginary"
    label = "Imaginary"
    summary = "It does nothing."
    family = Family.BASELINE

    enabled: bool = parameter(True, "Enabled", "On or off.")
    speed: Speed = parameter(Speed.FAST, "Speed", "How fast.")
    share: float = parameter(0.5, "Share", "How much.", low=0.1, high=0.9)
    count: int = parameter(7, "Count", "How many.", advanced=True, low=1, high=9)


def page() -> None:
    """Draws the form and keeps its values."""
    import streamlit as st

    from dashboard.forms import draw
    from tests.dashboard.test_forms import Imaginary

    st.session_state["drawn"] = draw(Imaginary, "form")


def drawn() -> tuple[AppTest, Any]:
    app = AppTest.from_function(page).run()
    assert not app.exception
    return app, app.session_state["drawn"]


def test_a_new_technique_has_a_widget_for_each_parameter() -> None:
    app, values = drawn()
    assert values == {"enabled": True, "speed": Speed.FAST, "share": 0.5, "count": 7}
    assert app.toggle(key="form.enabled").label == "Enabled"
    assert app.selectbox(key="form.speed").options == ["Slow", "Fast"]
    assert [(n.label, n.min, n.max) for n in app.number_input] == [
        ("Share", 0.1, 0.9),
        ("Count", 1, 9),
    ]
    assert app.number_input(key="form.count").help == "How many."


def test_what_the_user_sets_is_what_the_technique_gets() -> None:
    app, _ = drawn()
    app.toggle(key="form.enabled").set_value(False)
    app.selectbox(key="form.speed").select(Speed.SLOW)
    app.number_input(key="form.count").set_value(3)
    app.run()
    made = Imaginary.model_validate(app.session_state["drawn"])
    assert made == Imaginary(enabled=False, speed=Speed.SLOW, share=0.5, count=3)


def test_rare_parameters_stand_under_advanced() -> None:
    app, _ = drawn()
    [advanced] = app.expander
    assert advanced.label == "Advanced"
    assert [widget.label for widget in advanced.number_input] == ["Count"]
