"""dashboard/: draws a technique's widgets from its own declaration of parameters."""

from enum import Enum
from typing import Any, get_args

import streamlit as st
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from optimizer.techniques.technique import Technique


def draw(technique: type[Technique], prefix: str) -> dict[str, object]:
    """Draws common parameters, then the rest under “Advanced”; returns the chosen values."""
    fields = technique.model_fields
    common = {name: field for name, field in fields.items() if not _is_advanced(field)}
    advanced = {name: field for name, field in fields.items() if _is_advanced(field)}
    values = {name: _widget(field, f"{prefix}.{name}") for name, field in common.items()}
    if advanced:
        with st.expander("Advanced"):
            values |= {name: _widget(field, f"{prefix}.{name}") for name, field in advanced.items()}
    return values


def _is_advanced(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("advanced"))


def _widget(field: FieldInfo, key: str) -> object:
    title, help_text = field.title or "", field.description
    kind: Any = field.annotation
    if kind is bool:
        return st.toggle(title, field.default, key=key, help=help_text)
    if isinstance(kind, type) and issubclass(kind, Enum):
        options = list(kind)
        return st.selectbox(
            title,
            options,
            index=options.index(field.default),
            format_func=lambda option: getattr(option, "label", option.value),
            key=key,
            help=help_text,
        )
    if get_args(kind):
        choices = list(get_args(kind))
        return st.selectbox(
            title, choices, index=choices.index(field.default), key=key, help=help_text
        )
    low, high = _bounds(field)
    return st.number_input(title, low, high, field.default, key=key, help=help_text)


def _bounds(field: FieldInfo) -> tuple[Any, Any]:
    low = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    high = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    return low, high
