"""export/script/: values as Python that makes them again; texts of others are quoted whole."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from optimizer.models.summary import CompiledLoss, TensorSpec

WIDTH = 90


def call(name: str, /, **arguments: str) -> str:
    """A call with an argument a line."""
    inner = "".join(f"    {key}={_indented(value)},\n" for key, value in arguments.items())
    return f"{name}(\n{inner})"


def together(parts: Iterable[str]) -> str:
    """A tuple of expressions."""
    inner = "".join(f"    {_indented(part)},\n" for part in parts)
    return f"(\n{inner})" if inner else "()"


def numbers(values: Any) -> str:
    """A tuple of many numbers, wrapped."""
    lines, line = [], ""
    for value in np.asarray(values).ravel().tolist():
        word = f"{value!r}, "
        if len(line) + len(word) > WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += word
    return "(\n" + "".join(f"    {one}\n" for one in [*lines, line.rstrip()] if one) + ")"


def plain(value: object) -> str:
    """Texts, numbers, None, and tuples and dictionaries of them. What cannot be seen is escaped."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{plain(k)}: {plain(v)}" for k, v in value.items()) + "}"
    return ascii(value)


def spec(one: TensorSpec) -> str:
    """An input of a model."""
    return f"TensorSpec({plain(one.name)}, {plain(one.shape)}, {plain(one.dtype)})"


def compiled_loss(loss: CompiledLoss | None) -> str:
    """What a model was compiled with."""
    if loss is None:
        return "None"
    return (
        f"CompiledLoss({plain(loss.name)}, {plain(loss.from_logits)}, "
        f"{plain(loss.label_smoothing)}, {plain(loss.options)})"
    )


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")
