"""data/sources/: whether “1,5” and “1.234” are decimals or thousands, column by column."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from optimizer.data.sources.table import NUMBER
from optimizer.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class Kind(Enum):
    """What a number with a comma or a point says of the marks.

    A comma that is no decimal mark parts thousands, so that the decimal mark would be a point.
    """

    COMMA = "a decimal comma"
    POINT = "a decimal point"
    EITHER_COMMA = "one comma before three digits"
    EITHER_POINT = "one point before three digits"


KINDS = {
    Kind.COMMA: re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d*|[-+]?\d{1,3}(\.\d{3}){2,}"),
    Kind.POINT: re.compile(r"[-+]?\d{1,3}(,\d{3})+\.\d*|[-+]?\d{1,3}(,\d{3}){2,}"),
    Kind.EITHER_COMMA: re.compile(r"[-+]?[1-9]\d{0,2},\d{3}"),
    Kind.EITHER_POINT: re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}"),
}


@dataclass(frozen=True)
class Marks:
    """How the numbers of a column are written.

    Attributes:
        decimal: The decimal mark.
        thousands: What may part thousands; empty for nothing.
    """

    decimal: str
    thousands: str = ""


PLAIN, DECIMAL_COMMAS = Marks("."), Marks(",")


@dataclass
class _Column:
    """What was seen in a column: the first line of each kind, and how many numbers and texts."""

    seen: dict[Kind, tuple[int, str]] = field(default_factory=dict)
    numbers: int = 0
    texts: int = 0
    grouped: bool = False

    def add(self, cell: str, line: int) -> None:
        if not cell or NUMBER.fullmatch(cell) is None:
            self.texts += bool(cell)
            return
        self.numbers += 1
        if "," in cell or "." in cell:
            kind = _kind(cell)
            self.seen.setdefault(kind, (line, cell))
            self.grouped |= ("," in cell and "." in cell) or max(map(cell.count, ",.")) > 1

    @property
    def is_numeric(self) -> bool:
        return self.numbers > self.texts


def _kind(cell: str) -> Kind:
    for kind, pattern in KINDS.items():
        if pattern.fullmatch(cell):
            return kind
    return Kind.COMMA if "," in cell else Kind.POINT


def marks(
    rows: Iterable[tuple[int, Sequence[str]]], names: Sequence[str], delimiter: str, title: str
) -> tuple[dict[str, Marks], list[str]]:
    """Tells how the numbers of each column are written.

    Args:
        rows: All rows with their lines.
        names: Of the columns.
        delimiter: Between cells.
        title: What messages call the table.

    Returns:
        How those columns are written that have such a mark, and what was decided by convention.

    Raises:
        DataError: a column is written in two ways, or in one that can be read in two.
    """
    columns = {name: _Column() for name in names}
    for line, row in rows:
        for column, cell in zip(columns.values(), row, strict=False):
            column.add(cell.strip(), line)
    numeric = {name: one for name, one in columns.items() if one.is_numeric}
    told = {name: _told(name, one, title) for name, one in numeric.items()}
    found, notes = {}, []
    clear = {marks.decimal for marks in told.values() if marks}
    for name, one in numeric.items():
        decided = told[name]
        if decided is None and Kind.EITHER_POINT in one.seen and "," not in clear:
            decided = PLAIN
        elif decided is None and one.seen:
            decided = _by_convention(name, one, clear, delimiter, title)
            line, cell = next(iter(one.seen.values()))
            read = cell.replace(decided.thousands or "\0", "").replace(",", ".")
            notes.append(f"“{cell}” in “{name}” (line {line:,}) is read as {read}.")
        if decided:
            found[name] = decided
    return found, notes


def as_numbers(values: "pd.Series[str]", how: Marks) -> "pd.Series[float] | pd.Series[str]":
    """A column of texts as numbers, where all of them are some; else as it is."""
    import pandas as pd  # noqa: PLC0415 (only tables need it)

    there = values.dropna().str.strip()
    if not there.str.fullmatch(NUMBER.pattern).all():
        return values
    if how.thousands:
        there = there.str.replace(how.thousands, "", regex=False)
    plain = there.str.replace(how.decimal, ".", regex=False)
    return pd.to_numeric(plain).astype(float).reindex(values.index)


def _told(name: str, column: _Column, title: str) -> Marks | None:
    """What the column itself says; None where it does not.

    Raises:
        DataError: it says both.
    """
    seen = column.seen
    comma, point = seen.get(Kind.COMMA), seen.get(Kind.POINT)
    if comma and point:
        raise DataError(_both(name, comma, point, title))
    either_comma, either_point = seen.get(Kind.EITHER_COMMA), seen.get(Kind.EITHER_POINT)
    if comma:
        return Marks(",", "." if column.grouped or either_point else "")
    if point:
        return Marks(".", "," if column.grouped or either_comma else "")
    if either_comma and either_point:
        raise DataError(_both(name, either_comma, either_point, title))
    return None


def _by_convention(
    name: str, column: _Column, clear: set[str], delimiter: str, title: str
) -> Marks:
    """How “1,234” is read that stands alone: as the other columns say, or the delimiter.

    Raises:
        DataError: neither says it.
    """
    ((kind, (line, cell)),) = column.seen.items()
    if kind is Kind.EITHER_COMMA and (clear == {","} or (not clear and delimiter == ";")):
        return DECIMAL_COMMAS
    if kind is Kind.EITHER_COMMA and (clear == {"."} or (not clear and delimiter == ",")):
        return Marks(".", ",")
    mark = "," if kind is Kind.EITHER_COMMA else "."
    raise DataError(
        f"“{cell}” in line {line:,} of {title} (“{name}”) may be {cell.replace(mark, '.')} or "
        f"{cell.replace(mark, '')}. Write numbers with a decimal point and nothing between the "
        "thousands."
    )


def _both(name: str, one: tuple[int, str], other: tuple[int, str], title: str) -> str:
    return (
        f"{title} has “{one[1]}” in line {one[0]:,} and “{other[1]}” in line {other[0]:,} in the "
        f"column “{name}”: commas and points are both decimal marks. Write all numbers with a "
        "decimal point."
    )
