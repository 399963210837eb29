"""models/trust/tflite/: which tables a `.tflite` is made of, and which operators its runtime has.

Both stand in text files beside this one, which are written from what is installed and held against
it by a canary (tests/canaries): an operator that a new runtime has is refused until it was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TEXTS = {
    name: Path(__file__).with_name(name).read_text() for name in ("schema.txt", "operators.txt")
}
SIZES = {
    "bool": 1, "u1": 1, "i1": 1, "u2": 2, "i2": 2, "u4": 4, "i4": 4, "u8": 8, "i8": 8, "f4": 4,
    "f8": 8,
}  # fmt: skip
Form = Literal["number", "numbers", "text", "table", "tables", "union"]


@dataclass(frozen=True)
class Field:
    """A field of a table.

    Attributes:
        name: In the schema.
        form: How it is stored.
        kind: NumPy's name of its numbers, or the table's or union's; "" for a text.
    """

    name: str
    form: Form
    kind: str

    @property
    def type_name(self) -> str:
        """Of a union: the field that says which of its tables is there."""
        return f"{self.name}Type"


@dataclass(frozen=True)
class OperatorVersions:
    """An operator that the runtime has, in the versions `first` to `last`."""

    name: str
    first: int
    last: int


def _lines(name: str) -> Iterator[list[str]]:
    for line in TEXTS[name].splitlines():
        if not line.startswith("#"):
            yield line.split()


def _field(told: str) -> Field | None:
    if told == "-":
        return None
    name, _, kind = told.partition(":")
    if kind == "string":
        return Field(name, "text", "")
    if kind in SIZES:
        return Field(name, "number", kind)
    if kind.startswith("<"):
        return Field(name, "union", kind[1:-1])
    if kind.startswith("["):
        return Field(name, "numbers" if kind[1:-1] in SIZES else "tables", kind[1:-1])
    return Field(name, "table", kind)


TABLES: dict[str, tuple[Field | None, ...]] = {
    name: tuple(map(_field, fields))
    for name, *fields in _lines("schema.txt")
    if not name.startswith("<")
}
"""The fields of each table by their places; None for a place that is no longer used."""
UNIONS: dict[str, tuple[str, ...]] = {
    name[1:-1]: tuple(tables) for name, *tables in _lines("schema.txt") if name.startswith("<")
}
"""The tables of each union, counted from 1."""
OPERATORS: dict[int, OperatorVersions] = {
    int(code): OperatorVersions(name, int(first), int(last))
    for code, name, first, last in _lines("operators.txt")
}
"""By code."""
