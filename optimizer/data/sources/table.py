"""data/sources/: columns of a table as the inputs and labels of a model."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array
from optimizer.data.data_options import (
    NO_LABEL,
    Column,
    DataOptions,
    DataQuestion,
    UndecidedDataError,
)
from optimizer.data.labels import UNNAMED
from optimizer.data.sources.source import Content, Form, Given, Part, Piece
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.words import listed, one_line, sizes

if TYPE_CHECKING:
    import pandas as pd

COUNTED = 1_000  # different values of a column; more are not counted
MOST_CATEGORIES = 1_000
MOST_COLUMNS = 2**16
LONGEST_TEXT = 1_000  # letters of a category or a label
NUMBER = re.compile(
    r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+|\d{1,3}((,\d{3})+(\.\d*)?|(\.\d{3})+(,\d*)?))([eE][-+]?\d+)?\s*"
)
"""A number, with a decimal point or comma, and perhaps marks between its thousands."""
FEW_TEXTS = 0.1  # of a column's values: so few among numbers are mistakes
LABEL_NAMES = (
    "label",
    "labels",
    "target",
    "class",
    "y",
    "outcome",
    "output",
    "species",
    "category",
)


class Table(Protocol):
    """A table in a file.

    Attributes:
        title: What messages call it.
        columns: The names of its columns.
        notes: What had to be done to read it.
    """

    title: str
    columns: tuple[str, ...]
    notes: tuple[str, ...]

    def frames(self, columns: Sequence[str], texts: Sequence[str] = ()) -> "Iterator[pd.DataFrame]":
        """These columns, some rows at a time; `texts` as text, the others as they are found.

        Raises:
            DataError: the file is damaged.
        """

    def place(self, row: int) -> str:
        """Where a row stands, from 0, as it begins a sentence: "Line 7"."""


@dataclass(frozen=True)
class _Stray:
    """The first text of a column that holds numbers, as they are in few rows of it."""

    table: Table
    row: int
    text: str
    count: int


@dataclass(frozen=True)
class _Scanned:
    """What a column holds.

    Attributes:
        column: For the page.
        categories: The different texts of a category, sorted; empty for numbers.
        longest: Letters of the longest text; 0 for numbers.
        stray: A text that is most likely a mistake; None for none.
    """

    column: Column
    categories: tuple[str, ...] = ()
    longest: int = 0
    stray: _Stray | None = None


@dataclass(frozen=True)
class _Plan:
    """How columns become inputs.

    Attributes:
        features: The columns of all inputs, in their order.
        sizes: How many values of a row each input takes.
        one_hot: Whether a category becomes a value for each of its texts.
    """

    features: tuple[str, ...]
    sizes: tuple[int, ...]
    one_hot: bool


def check_columns(title: str, columns: int) -> None:
    """Refuses a table so wide that nobody could look at its columns.

    Raises:
        DataError: says how many there are.
    """
    if columns > MOST_COLUMNS:
        raise DataError(
            f"{title} has {columns:,} columns; at most {MOST_COLUMNS:,} are accepted. Give an .npz "
            "with an array of all of them."
        )


def open_tables(
    given: Sequence[Given],
    tables: Sequence[Table],
    kind: str,
    summary: ModelSummary,
    options: DataOptions,
) -> Content:
    """The inputs and labels in tables with the same columns.

    Args:
        given: The files.
        tables: What lies in them, in the same order.
        kind: What they are, in words.
        summary: The model.
        options: Has the label column, which is asked for otherwise.

    Raises:
        UndecidedDataError: the label column is not chosen yet.
        DataError: the columns do not fit the model.
    """
    columns = _common_columns(tables)
    _check_width(columns, summary)
    scanned, counts = _scan(tables, columns)
    label = _label(scanned, summary, options)
    features = [name for name in scanned if name != label]
    _check_strays([label] if label else [], scanned)
    plan = _plan(features, scanned, summary)
    _check_texts([*plan.features, *([label] if label else [])], scanned)
    notes = [note for table in tables for note in table.notes]
    notes += _coding(plan, scanned)
    unused = [name for name in features if name not in plan.features]
    if unused:
        notes.append(f"Columns that no input is called by were left out: {listed(unused)}.")
    dropped = _Dropped(notes, left=len(tables))
    dtypes = [
        np.dtype(np.float32 if np.dtype(spec.dtype).kind == "f" else np.float64)
        for spec in summary.inputs
    ]
    parts = tuple(
        Part(
            title=table.title if len(tables) > 1 else "",
            role=one.role,
            count=count,
            inputs=tuple(
                Form("the rows", (size,), dtype)
                for size, dtype in zip(plan.sizes, dtypes, strict=True)
            ),
            labels=(UNNAMED,) if label else (),
            pieces=_reader(table, plan, label, scanned, dropped),
        )
        for one, table, count in zip(given, tables, counts, strict=True)
    )
    return Content(kind, parts, label or None, notes)


def _common_columns(tables: Sequence[Table]) -> tuple[str, ...]:
    first, *others = tables
    for table in others:
        absent = [name for name in first.columns if name not in table.columns]
        if absent:
            raise DataError(
                f"{table.title} has no column {listed([f'“{name}”' for name in absent])}, which "
                f"{first.title} has. All tables need the same columns."
            )
    return first.columns


def _check_width(columns: Sequence[str], summary: ModelSummary) -> None:
    """Refuses more columns than could ever be inputs, before any is read."""
    taken = _width(summary.inputs[0].shape)
    if len(summary.inputs) == 1 and len(columns) > taken + 1:
        raise DataError(
            f"The table has {len(columns):,} columns: {listed(list(columns))}; the model takes "
            f"{sizes(_shape(summary))} and a label. Leave out columns that are no inputs."
        )


@dataclass
class _Seen:
    """What was seen of a column so far."""

    numeric: bool = True
    missing: int = 0
    example: str = ""
    distinct: set[object] = field(default_factory=set)

    def add(self, values: "pd.Series[Any]") -> None:
        import pandas as pd  # noqa: PLC0415 (only tables need it)

        there = values.dropna()
        self.missing += len(values) - len(there)
        if there.empty:
            return
        self.numeric &= pd.api.types.is_numeric_dtype(values.dtype)
        self.example = self.example or one_line(str(there.iloc[0]))
        if len(self.distinct) < COUNTED:
            self.distinct.update(there.unique()[:COUNTED])


def _scan(tables: Sequence[Table], columns: Sequence[str]) -> tuple[dict[str, _Scanned], list[int]]:
    """Reads all tables once, and columns of text once more; also counts the rows of each table."""
    seen = {name: _Seen() for name in columns}
    counts = []
    for table in tables:
        counts.append(0)
        for frame in table.frames(columns):
            counts[-1] += len(frame)
            for name in columns:
                seen[name].add(frame[name])
    if not any(counts):
        raise DataError("The table has a header but no rows. Add some.")
    texts = [name for name in columns if not seen[name].numeric]
    found = _texts(tables, texts)
    scanned = {}
    for name, one in seen.items():
        words = found.get(name, _Texts())
        scanned[name] = _Scanned(
            Column(
                name=name,
                kind="number" if one.numeric else "category",
                distinct=min(COUNTED, len(one.distinct if one.numeric else words.different)),
                missing=one.missing,
                example=one.example,
            ),
            tuple(sorted(words.different)),
            words.longest,
            words.stray,
        )
    return scanned, counts


@dataclass
class _Texts:
    """What was seen of a column of texts so far.

    Attributes:
        different: The different texts; a few more than `MOST_CATEGORIES` at most.
        longest: Letters of the longest.
        cells: How many there are.
        no_numbers: How many are no numbers.
        first: The first of those, with its table and row.
    """

    different: set[str] = field(default_factory=set)
    longest: int = 0
    cells: int = 0
    no_numbers: int = 0
    first: tuple[Table, int, str] | None = None

    def add(self, values: "pd.Series[Any]", table: Table, start: int) -> None:
        there = values.reset_index(drop=True).dropna()
        new = [str(text) for text in there.unique()]
        self.longest = max([self.longest, *map(len, new)])
        if len(self.different) <= MOST_CATEGORIES:
            self.different.update(new)
        words = {text for text in new if NUMBER.fullmatch(text) is None}
        strays = there[there.isin(words)]
        if self.first is None and len(strays):
            at = int(strays.index[0])
            self.first = table, start + at, str(strays.iloc[0])
        self.cells += len(there)
        self.no_numbers += len(strays)

    @property
    def stray(self) -> _Stray | None:
        few = 0 < self.no_numbers <= FEW_TEXTS * self.cells
        return _Stray(*self.first, self.no_numbers) if few and self.first else None


def _texts(tables: Sequence[Table], names: Sequence[str]) -> dict[str, _Texts]:
    """What these columns hold, as text."""
    found = {name: _Texts() for name in names}
    for table in tables if names else ():
        start = 0
        for frame in table.frames(names, names):
            for name, texts in found.items():
                texts.add(frame[name], table, start)
            start += len(frame)
    return found


def _check_strays(names: Sequence[str], scanned: dict[str, _Scanned]) -> None:
    """Refuses columns of numbers in which a few texts stand: as categories they would be misread.

    Raises:
        DataError: names the first of them and its line.
    """
    for name in names:
        stray = scanned[name].stray
        if stray:
            others = f" ({stray.count - 1:,} more rows have texts there)" if stray.count > 1 else ""
            raise DataError(
                f"{stray.table.place(stray.row)} of {stray.table.title} has "
                f"“{one_line(stray.text)}” in the column “{name}”, where the others have "
                f"numbers{others}. Write a number, or leave the cell empty: rows that lack a value "
                "are left out."
            )


def _check_texts(names: Sequence[str], scanned: dict[str, _Scanned]) -> None:
    """Refuses texts that are no categories: an array of them takes the longest for each row."""
    for name in names:
        if scanned[name].longest > LONGEST_TEXT:
            raise DataError(
                f"The column “{name}” holds a text of {scanned[name].longest:,} letters, so it is "
                f"no category; those have {LONGEST_TEXT:,} at most. Remove it, or turn it into "
                "numbers."
            )


def _label(scanned: dict[str, _Scanned], summary: ModelSummary, options: DataOptions) -> str:
    """The label column; `NO_LABEL` for none."""
    names = list(scanned)
    if options.label is None:
        raise UndecidedDataError(
            f"Which column is the label? The table has {listed(names)}. Choose one with --label "
            'COLUMN, or --label "" if there is none.',
            DataQuestion(tuple(one.column for one in scanned.values()), _guess(scanned, summary)),
        )
    if options.label != NO_LABEL and options.label not in names:
        raise DataError(
            f"The table has no column “{options.label}”; it has {listed(names)}. Choose one of "
            "those as the label."
        )
    return options.label


def _guess(scanned: dict[str, _Scanned], summary: ModelSummary) -> str:
    """The column called like a label, or the last one; none if the model takes all columns."""
    names = list(scanned)
    called = {name.lower(): name for name in names}
    for name in LABEL_NAMES:
        if name in called:
            return called[name]
    taken = sum(_width(spec.shape) for spec in summary.inputs)
    return NO_LABEL if len(names) == taken else names[-1]


def _width(shape: Sequence[int | None]) -> int:
    return int(np.prod([size or 1 for size in shape[1:]], dtype=int))


def _plan(features: Sequence[str], scanned: dict[str, _Scanned], summary: ModelSummary) -> _Plan:
    if not features:
        raise DataError("The table has no column but the label. Add the model's inputs.")
    widths = tuple(_width(spec.shape) for spec in summary.inputs)
    inputs = [spec.name for spec in summary.inputs]
    if len(inputs) > 1:
        absent = [name for name in inputs if name not in features]
        if absent or set(widths) != {1}:
            raise DataError(
                f"The model takes {len(inputs)} inputs ({', '.join(inputs)}), each of which needs "
                f"one column of its name and one value; the table has {listed(list(features))}. "
                "Rename the columns, or give an .npz with an array for each input."
            )
        features = inputs
    _check_strays(features, scanned)
    many = [name for name in features if len(scanned[name].categories) > MOST_CATEGORIES]
    if many:
        raise DataError(
            f"The column {listed([f'“{name}”' for name in many])} holds more than "
            f"{MOST_CATEGORIES:,} different texts, so it is no category. Remove it, or turn it "
            "into numbers."
        )
    spread = sum(max(1, len(scanned[name].categories)) for name in features)
    if len(features) == sum(widths):
        return _Plan(tuple(features), widths, one_hot=False)
    if spread == sum(widths):
        return _Plan(tuple(features), widths, one_hot=True)
    coded = f" ({spread} with categories one-hot)" if spread != len(features) else ""
    raise DataError(
        f"The table has {len(features):,} columns beside the label{coded}: "
        f"{listed(list(features))}; the model takes {sizes(_shape(summary))}. Leave out columns "
        "that are no inputs, or add what is missing."
    )


def _shape(summary: ModelSummary) -> tuple[int, ...]:
    return tuple(size or 1 for size in summary.inputs[0].shape[1:])


def _coding(plan: _Plan, scanned: dict[str, _Scanned]) -> list[str]:
    """How categories became numbers."""
    notes = []
    for name in plan.features:
        categories = scanned[name].categories
        if categories and plan.one_hot:
            notes.append(
                f"“{name}” holds categories: a column of 0 and 1 for each of {listed(categories)}."
            )
        elif categories:
            codes = [f"{text} = {code}" for code, text in enumerate(categories)]
            notes.append(f"“{name}” holds categories: {listed(codes)}.")
    return notes


@dataclass
class _Dropped:
    """Counts the rows that lack values, and says so when the last table has been read."""

    notes: list[str]
    left: int
    rows: int = 0
    read: int = 0
    columns: dict[str, int] | None = None

    def add(self, absent: "pd.DataFrame") -> npt.NDArray[np.bool_]:
        """Takes where values are missing; returns which rows are whole."""
        self.columns = self.columns or {}
        for name, count in absent.sum().items():
            if count:
                self.columns[str(name)] = self.columns.get(str(name), 0) + int(count)
        bad = np.asarray(absent.to_numpy(dtype=bool).any(axis=1), np.bool_)
        self.rows += int(bad.sum())
        self.read += len(bad)
        return np.asarray(~bad)

    def end(self) -> None:
        """Called at the end of each table."""
        self.left -= 1
        if self.left or not self.rows:
            return
        where = listed([f"{name} ({count:,})" for name, count in (self.columns or {}).items()])
        if self.rows == self.read:
            raise DataError(
                f"Every row lacks a value, in the columns {where}. Fill them in, or leave out the "
                "columns that are empty."
            )
        self.notes.append(
            f"Rows without a value were left out, {self.rows:,} of {self.read:,}: values are "
            f"missing in {where}."
        )


def _reader(
    table: Table, plan: _Plan, label: str, scanned: dict[str, _Scanned], dropped: _Dropped
) -> Callable[[], Iterator[Piece]]:
    """What reads a table as pieces."""
    columns = list(dict.fromkeys([*plan.features, *([label] if label else [])]))
    texts = [name for name in columns if scanned[name].categories]

    def pieces() -> Iterator[Piece]:
        for frame in table.frames(columns, texts):
            whole = dropped.add(frame.isna())
            rows = frame[whole]
            values = np.concatenate(
                [_coded(rows[name], scanned[name], plan.one_hot) for name in plan.features], axis=1
            )
            inputs = np.split(values, np.cumsum(plan.sizes)[:-1], axis=1)
            labels: tuple[Array, ...] = ()
            if label and label in texts:
                labels = (rows[label].to_numpy(dtype=str),)
            elif label:
                labels = (rows[label].to_numpy(dtype=np.float64),)
            yield Piece(tuple(inputs), labels)
        dropped.end()

    return pieces


def _coded(values: "pd.Series[Any]", scanned: _Scanned, one_hot: bool) -> Array:
    """A column as numbers, float64 of shape (n, 1), or (n, categories)."""
    if not scanned.categories:
        return values.to_numpy(dtype=np.float64)[:, None]
    codes = np.searchsorted(np.array(scanned.categories), values.to_numpy(dtype=str))
    if one_hot:
        return np.eye(len(scanned.categories))[codes]
    return codes.astype(np.float64)[:, None]
