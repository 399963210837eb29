"""data/sources/: tables as text: `.csv`, with any delimiter, encoding and decimal mark."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.data.data_options import DataOptions
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.source import Content, Given
from optimizer.data.sources.table import check_columns, open_tables
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = ",;\t|"
LOOKED_AT = 256 * 2**10  # bytes from which delimiter, header and decimal mark are told
LINES = 50
CELLS = 2_000_000  # read together
MISSING = ["?", "-"]  # beside what pandas knows: empty, NA, NaN, null, …
LARGEST_CELL = 2**20
LONGEST_LINE = 4 * 2**20  # bytes
LINE_BREAKS = (b"\n", b"\r")
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*")
COMMA_NUMBER = re.compile(r"\s*[-+]?\d+,\d+\s*")
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@data_format
class Csv(DataFormat):
    """Tables in text files, whatever parts their columns."""

    title = "a CSV table"
    accepted = "a .csv table"
    rank = 30
    alone = (".csv", ".tsv")

    def begins(self, head: bytes) -> bool:
        """See `DataFormat.begins`."""
        return is_text(head)

    def open(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """See `Source`."""
        del work
        tables = [CsvTable(one.path) for one in given]
        return open_tables(given, tables, "CSV table", summary, options)


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        encoding: Python's name of it.
        delimiter: Between cells.
        decimal: The decimal mark.
        names: Of the columns; made up where there is no header.
        header: Whether the first line is one.
    """

    encoding: str
    delimiter: str
    decimal: str
    names: tuple[str, ...]
    header: bool


class CsvTable:
    """A table in a text file; see `table.Table`."""

    def __init__(self, path: Path) -> None:
        """Looks at the first lines.

        Raises:
            DataError: the header or the rows are not a table's.
        """
        self.path, self.title = path, path.name
        dialect = self.dialect = sniff(path)
        notes = []
        if not dialect.header:
            notes.append(
                "The table has no header; its columns are called column 1, column 2 and so on."
            )
        index = self._written_index()
        if index:
            notes.append("The first column, which has no name, only numbers the rows: left out.")
        self.columns = tuple(name for name in dialect.names if name not in index)
        self.notes = tuple(notes)

    def frames(self, columns: Sequence[str], texts: Sequence[str] = ()) -> "Iterator[pd.DataFrame]":
        """See `Table.frames`."""
        import pandas as pd  # noqa: PLC0415 (only tables need it)

        dialect = self.dialect
        try:
            with pd.read_csv(
                self.path,
                sep=dialect.delimiter,
                encoding=dialect.encoding,
                decimal=dialect.decimal,
                header=0 if dialect.header else None,
                names=list(dialect.names),
                index_col=False,
                dtype=dict.fromkeys(texts, str),
                na_values=MISSING,
                chunksize=max(1, CELLS // len(dialect.names)),
                skipinitialspace=True,
                low_memory=False,
                compression=None,  # pandas would take that from the name of the file
            ) as chunks:
                for frame in chunks:
                    yield frame[list(columns)]
        except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
            reason = str(error).partition("\n")[0].removeprefix("Error tokenizing data. ")
            raise DataError(
                f"{self.title} cannot be read as a table ({reason.strip().rstrip('.')}). Give "
                "every row as many values as the header has, and put texts with a "
                f"“{dialect.delimiter}” in them into quotes."
            ) from error

    def _written_index(self) -> tuple[str, ...]:
        """The nameless first column where it only counts: pandas writes its index so.

        Raises:
            DataError: a nameless column holds something else.
        """
        names = self.dialect.names
        nameless = [at for at, name in enumerate(names) if name == _nameless(at)]
        if not self.dialect.header or not nameless:
            return ()
        checked = [names[at] for at in nameless]
        counts = dict.fromkeys(checked, True)
        empty = dict.fromkeys(checked, True)
        start = 0
        for frame in self.frames(checked):
            for name in checked:
                values = frame[name]
                empty[name] &= bool(values.isna().all())
                numbers = list(range(start, start + len(frame)))
                counts[name] &= name == names[0] and values.tolist() == numbers
            start += len(frame)
        unknown = [at + 1 for at in nameless if not counts[names[at]] and not empty[names[at]]]
        if unknown:
            raise DataError(
                f"Column {unknown[0]} of {self.title} has no name. Name every column in the first "
                "line."
            )
        return tuple(checked)


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is text."""
    if head.startswith(tuple(BYTE_ORDER_MARKS)):
        return True
    printable = bytes(range(32, 256)) + b"\t\n\r\f"
    return bool(head) and not head.translate(None, printable)


def sniff(path: Path) -> Dialect:
    """Tells how the table at `path` is written.

    Raises:
        DataError: it has no rows, or two columns of the same name.
    """
    encoding = _encoding(path)
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
        if not any(mark in head for mark in LINE_BREAKS):
            head += file.read(LONGEST_LINE)
    text = codecs.getincrementaldecoder(encoding)("ignore").decode(head)
    lines = [line for line in io.StringIO(text, newline=None) if line.strip()]
    if len(head) >= LOOKED_AT:
        lines = lines[:-1] or lines  # which may be cut
    lines = lines[:LINES]
    if not lines:
        raise DataError(f"{path.name} holds no rows. Upload a table with a header and rows.")
    delimiter = max(DELIMITERS, key=lambda mark: _regularity(lines, mark))
    first, *others = _cells(lines, delimiter)
    check_columns(path.name, len(first))
    width = max([len(row) for row in others], default=len(first))
    header = _is_header(first, others)
    if header and width > len(first):
        raise DataError(
            f"{path.name} has {len(first)} names in its first line, but {width} values in a row. "
            "Give each column a name."
        )
    names = [cell.strip() for cell in first]
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if header and twice:
        raise DataError(
            f"{path.name} has two columns called “{twice[0]}”. Give each column a name of its own."
        )
    names = [name or _nameless(at) for at, name in enumerate(names)]
    if not header:
        names = [f"column {at + 1}" for at in range(max(width, len(first)))]
    cells = [cell for row in others for cell in row]
    commas = delimiter != "," and any(COMMA_NUMBER.fullmatch(cell) for cell in cells)
    return Dialect(encoding, delimiter, "," if commas else ".", tuple(names), header)


def _encoding(path: Path) -> str:
    """UTF-8 if all of the file is, or what its first bytes say, or else Windows's.

    Raises:
        DataError: a line is so long that it is none of a table.
    """
    _check_lines(path)
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name
    return next((name for name in ("utf-8", "cp1252") if _decodes(path, name)), "latin-1")


def _check_lines(path: Path) -> None:
    """Whoever reads a line of a table has it in memory."""
    line = 0
    with path.open("rb") as file:
        while chunk := file.read(LOOKED_AT):
            last = max(map(chunk.rfind, LINE_BREAKS))
            line = len(chunk) - last - 1 if last >= 0 else line + len(chunk)
            if line > LONGEST_LINE:
                raise DataError(
                    f"{path.name} has a line of more than {LONGEST_LINE // 2**20} MB, which is "
                    "none of a table. Give each row a line of its own."
                )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(2**20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    csv.field_size_limit(LARGEST_CELL)
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
    except csv.Error:
        return [[line] for line in lines]


def _regularity(lines: Sequence[str], delimiter: str) -> tuple[bool, int]:
    """How much `delimiter` looks like one: all lines have as many cells, and more than one."""
    widths = [len(row) for row in _cells(lines, delimiter)]
    return len(set(widths)) == 1 and widths[0] > 1, min(widths)


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns.

    It does if no cell of it is a number, if a text stands above numbers, or if it counts up from
    0, as pandas names columns without names.
    """
    numbers = [at for at, cell in enumerate(first) if NUMBER.fullmatch(cell)]
    texts = [at for at, cell in enumerate(first) if cell.strip() and at not in numbers]
    if not numbers:
        return True
    if any(all(_is_number(row, at) for row in others) for at in texts):
        return bool(others)
    counted = [first[at].strip() for at in numbers]
    return len(counted) > 1 and counted == [str(number) for number in range(len(counted))]


def _is_number(row: Sequence[str], at: int) -> bool:
    return at < len(row) and (not row[at].strip() or bool(NUMBER.fullmatch(row[at])))


def _nameless(position: int) -> str:
    return f"(column {position + 1} without a name)"
