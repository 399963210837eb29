"""tests of dashboard/: widgets come from a technique's own declaration, whatever it declares."""

from enum import Enum

import pytest
from streamlit.testing.v1 import AppTest

from optimizer.techniques.family import BASELINE
from optimizer.techniques.technique import Technique, parameter
from tests.waiting import PATIENCE


class Speed(str, Enum):
    """A choice with names for the page."""

    SLOW = "slow"
    FAST = "fast"

    @property
    def label(self) -> str:
        return self.value.title()


class Shared(Technique):
    """What imaginary techniques share."""

    seed: int = parameter(0, "Seed", "Which one.", low=0)
    rate: float = parameter(1e-3, "Rate", "How far.", advanced=True, low=1e-7, high=1.0)


class Imaginary(Shared):
    """A technique that nobody wrote a page for."""

    name = "imaginary"
    label = "Imaginary"
    summary = "It does nothing."
    family = BASELINE

    enabled: bool = parameter(True, "Enabled", "On or off.")
    speed: Speed = parameter(Speed.FAST, "Speed", "How fast.")
    share: float = parameter(0.5, "Share", "How much.", low=0.1, high=0.9)
    pattern: str = parameter("*", "Pattern", "Which layers.")
    count: int = parameter(7, "Count", "How many.", advanced=True, low=1, high=9)


DEFAULTS = {
    "enabled": True, "speed": Speed.FAST, "share": 0.5, "pattern": "*", "seed": 0,
    "count": 7, "rate": 1e-3,
}  # fmt: skip


def page(columns: int) -> None:
    """Draws the form and keeps its values."""
    import streamlit as st

    from dashboard.forms.technique_form import draw
    from tests.dashboard.test_technique_form import Imaginary

    st.session_state["drawn"] = draw(Imaginary, "form", columns)


def drawn(columns: int = 1) -> AppTest:
    app = AppTest.from_function(page, args=(columns,), default_timeout=PATIENCE).run()
    assert not app.exception
    return app


def test_a_new_technique_has_a_widget_for_each_parameter() -> None:
    app = drawn()
    assert app.session_state["drawn"] == DEFAULTS
    assert app.toggle(key="form.enabled").label == "Enabled"
    assert app.selectbox(key="form.speed").options == ["Slow", "Fast"]
    assert app.text_input(key="form.pattern").label == "Pattern"
    bounds = {number.label: (number.min, number.max) for number in app.number_input}
    assert bounds["Share"] == (0.1, 0.9)
    assert bounds["Count"] == (1, 9)
    assert app.number_input(key="form.count").help == "How many."


def test_what_the_user_sets_is_what_the_technique_gets() -> None:
    app = drawn()
    app.toggle(key="form.enabled").set_value(False)
    app.selectbox(key="form.speed").select(Speed.SLOW)
    app.number_input(key="form.count").set_value(3)
    app.text_input(key="form.pattern").set_value("conv_*|Dense")
    app.run()
    made = Imaginary.model_validate(app.session_state["drawn"])
    assert made == Imaginary(enabled=False, speed=Speed.SLOW, count=3, pattern="conv_*|Dense")


def test_rare_parameters_stand_under_advanced() -> None:
    [advanced] = drawn().expander
    assert advanced.label == "Advanced"
    assert [widget.label for widget in advanced.number_input] == ["Count", "Rate"]


@pytest.mark.parametrize("columns", [1, 4])
def test_a_techniques_own_parameters_come_before_those_that_others_have_too(columns: int) -> None:
    app = drawn(columns)
    assert list(app.session_state["drawn"]) == list(DEFAULTS)
    assert [number.label for number in app.number_input] == ["Share", "Seed", "Count", "Rate"]


def test_the_arrows_of_a_number_suit_what_it_can_be() -> None:
    app = drawn()
    assert app.number_input(key="form.share").step == 0.05
    assert app.number_input(key="form.rate").step == pytest.approx(1e-4)


def test_a_recipe_holds_the_number_that_the_user_sees() -> None:
    app = drawn()
    app.number_input(key="form.share").set_value(0.1 + 0.2).run()
    assert 0.1 + 0.2 != 0.3, "which is what the arrows of the widget make"
    assert app.session_state["drawn"]["share"] == 0.3


@pytest.mark.parametrize("value", [1e-7, 0.00025, 1.0])
def test_small_numbers_keep_their_digits(value: float) -> None:
    app = drawn()
    app.number_input(key="form.rate").set_value(value).run()
    assert app.session_state["drawn"]["rate"] == value
