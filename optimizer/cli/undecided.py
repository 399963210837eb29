"""cli/: what only the user can decide, as the options that decide it."""

import shlex
from collections.abc import Iterator
from typing import Any

from optimizer.errors import Decision, UndecidedError

FLAGS = {"trusted": "--trust", "select_tf_ops": "--select-tf-ops"}
"""Settings that are on or off."""


def arguments(decision: Decision) -> list[str]:
    """The arguments of the command line that decide so."""
    words: list[str] = []
    for name, value in decision.settings.items():
        words += [FLAGS[name]] if name in FLAGS else [f"--{name}", str(value)]
    return words


def document(error: UndecidedError) -> dict[str, Any]:
    """What another program reads: the question, and each choice with its arguments."""
    return {
        "error": str(error),
        "choices": [
            {"words": one.words, "why": list(one.why), "arguments": arguments(one)}
            for one in error.choices
        ],
    }


def lines(error: UndecidedError) -> Iterator[str]:
    """A line for each choice: its arguments, and what it means."""
    for one in error.choices:
        why = f" ({'; '.join(one.why)})" if one.why else ""
        yield f"  {shlex.join(arguments(one))}: {one.words}{why}"
