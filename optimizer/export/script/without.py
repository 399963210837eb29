"""export/script/: what a script has in the place of what only the engine needs; see `carry`."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class Technique(SimpleNamespace):
    """A step of a recipe: its parameters, as the recipe has them. Nothing checks them again."""

    def model_copy(self, *, update: dict[str, Any]) -> "Technique":
        """The same with some other parameters."""
        return type(self)(**{**vars(self), **update})


def read(folder: Path) -> list[Any]:  # noqa: ARG001
    """No curves are kept."""
    return []


def rewrite(folder: Path, moments: Iterable[Any]) -> None:
    """No curves are kept."""


def append(folder: Path, moment: Any) -> None:
    """No curves are kept."""


def check_operators(names: Iterable[str], *, trusted: bool = False) -> None:
    """The study has checked the file; a script takes that file alone, or one that is trusted."""
