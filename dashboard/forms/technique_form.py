"""dashboard/forms/: draws a technique's widgets from its own declaration of parameters."""

from collections.abc import Sequence
from enum import Enum
from itertools import islice
from typing import Any, Final, get_args

import streamlit as st
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from optimizer.techniques.technique import Technique

DIGITS = 6  # of a float: the arrows of a number widget leave 0.30000000000000004
MAGNITUDES = 1000  # between the bounds, from which steps follow the default instead of being even
EVEN_STEP = 0.05
KEPT: Final = "session"  # how long a widget remembers its value while another page is shown


def draw(technique: type[Technique], prefix: str, columns: int = 1) -> dict[str, object]:
    """Draws common parameters, then the rest under “Advanced”; returns the chosen values.

    Args:
        technique: What the parameters belong to; those that it declares itself come first.
        prefix: Of the widgets' keys: the widget of a parameter has the key `prefix.parameter`.
        columns: How many widgets stand side by side.
    """
    fields = technique.declared()
    common = [name for name in fields if not _is_advanced(fields[name])]
    values = _draw_rows(fields, common, prefix, columns)
    advanced = [name for name in fields if _is_advanced(fields[name])]
    if advanced:
        with st.expander("Advanced"):
            values |= _draw_rows(fields, advanced, prefix, columns)
    return values


def first_value(key: str, value: object) -> None:
    """Gives a widget its value if it has none yet.

    A default of the widget's own would make Streamlit 1.67 log a warning where `fill` of
    `dashboard.forms.composer` has set the value before the widget was first drawn.
    """
    st.session_state.setdefault(key, value)


def _draw_rows(
    fields: dict[str, FieldInfo], names: Sequence[str], prefix: str, columns: int
) -> dict[str, object]:
    """Row by row, so that a narrow window, which has one column, keeps the order."""
    values, left = {}, iter(names)
    while row := list(islice(left, columns)):
        places = st.columns(columns, vertical_alignment="bottom") if columns > 1 else [st]
        for place, name in zip(places, row, strict=False):
            values[name] = _widget(place, fields[name], f"{prefix}.{name}")
    return values


def _is_advanced(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("advanced"))


def _widget(place: Any, field: FieldInfo, key: str) -> object:
    """Draws one parameter's widget in `place`, a column or the page itself."""
    first_value(key, field.default)
    title, kind = field.title or "", field.annotation
    named: Any = {"key": key, "help": field.description, "persist_state": KEPT}
    if kind is bool:
        return place.toggle(title, **named)
    if kind is str:
        return place.text_input(title, **named)
    if kind is float:
        low, high = bounds(field)
        number = place.number_input(
            title, low, high, step=_step(low, high, field.default), format="%g", **named
        )
        return float(f"{number:.{DIGITS}g}")
    if kind is int:
        return place.number_input(title, *bounds(field), **named)
    choices = list(kind) if isinstance(kind, type) and issubclass(kind, Enum) else get_args(kind)
    return place.selectbox(
        title, choices, format_func=lambda option: getattr(option, "label", str(option)), **named
    )


def _step(low: float, high: float, default: float) -> float:
    """A tenth of the default for what spans magnitudes, such as a learning rate."""
    return default / 10 if low > 0 and high / low > MAGNITUDES else EVEN_STEP


def bounds(field: FieldInfo) -> tuple[Any, Any]:
    """The least and the largest value of a number; None where there is none."""
    low = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    high = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    return low, high
