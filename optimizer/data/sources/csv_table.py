"""data/sources/: tables as text: `.csv`, with any delimiter, encoding and decimal mark."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from optimizer.data.data_options import DataOptions
from optimizer.data.sources.csv_dialect import (
    LARGEST_CELL,
    SPACES,
    check_mark,
    is_text,
    nameless,
    numbered,
    sniff,
)
from optimizer.data.sources.csv_numbers import DECIMAL_COMMAS, PLAIN, Marks, as_numbers, marks
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.source import Content, Given
from optimizer.data.sources.table import NUMBER, check_columns, open_tables
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary

if TYPE_CHECKING:
    import pandas as pd

CELLS = 2_000_000  # read together
MISSING = ["?", "-"]  # beside what pandas knows: empty, NA, NaN, null, …


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


class CsvTable:
    """A table in a text file; see `table.Table`."""

    def __init__(self, path: Path) -> None:
        """Looks at the first lines, then at the length of each.

        Raises:
            DataError: the header or the rows are not a table's; the line is named.
        """
        self.path, self.title = path, path.name
        dialect = self.dialect = sniff(path)
        notes = list(dialect.notes)
        self._marks: dict[str, Marks] = {}
        if self._check_rows():
            self._marks, told = marks(self._rows(), dialect.names, dialect.delimiter, path.name)
            notes += told
        index = self._written_index()
        if index:
            notes.append("The first column, which has no name, only numbers the rows: left out.")
        self.columns = tuple(name for name in dialect.names if name not in index)
        self.notes = tuple(notes)

    def frames(self, columns: Sequence[str], texts: Sequence[str] = ()) -> "Iterator[pd.DataFrame]":
        """See `Table.frames`."""
        import pandas as pd  # noqa: PLC0415 (only tables need it)

        dialect = self.dialect
        commas = set(self._marks.values()) == {DECIMAL_COMMAS}
        # pandas has one way for all columns; where that is not enough they are read as texts.
        special = {} if commas else {name: how for name, how in self._marks.items() if how != PLAIN}
        try:
            with (
                self.path.open(encoding=dialect.encoding, newline="") as file,
                pd.read_csv(
                    _after(file, dialect.before),
                    sep=r"\s+" if dialect.delimiter == SPACES else dialect.delimiter,
                    decimal="," if commas else ".",
                    header=0 if dialect.header else None,
                    names=list(dialect.names),
                    usecols=range(len(dialect.names)),
                    index_col=False,
                    dtype=dict.fromkeys([*texts, *special], str),
                    na_values=MISSING,
                    chunksize=max(1, CELLS // len(dialect.names)),
                    skipinitialspace=True,
                    low_memory=False,
                ) as chunks,
            ):
                for frame in chunks:
                    for name, how in special.items():
                        if name not in texts and name in columns:
                            frame[name] = as_numbers(frame[name], how)
                    yield frame[list(columns)]
        except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
            reason = str(error).partition("\n")[0].removeprefix("Error tokenizing data. ")
            raise DataError(
                f"{self.title} cannot be read as a table ({reason.strip().rstrip('.')}). Give "
                "every row as many values as the header has, and put texts with a "
                f"“{dialect.delimiter}” in them into quotes."
            ) from error

    def place(self, row: int) -> str:
        """See `Table.place`."""
        line, _ = next(islice(self._rows(), row, None))
        return f"Line {line:,}"

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows with the lines in which they begin.

        Raises:
            DataError: a line is a mark of a conflict, or no text.
        """
        dialect = self.dialect
        with self.path.open(encoding=dialect.encoding, newline="") as file:
            lines = enumerate(_after(file, dialect.before), dialect.before + 1)
            header = dialect.header
            try:
                for at, row in numbered(self._checked(lines), dialect.delimiter):
                    if row and not header:
                        yield at + dialect.before, row
                    header = header and not row
            except csv.Error as error:
                raise DataError(
                    f"{self.title} holds a text of more than {LARGEST_CELL // 2**20} MB, which is "
                    "none of a table; mostly a quotation mark is never closed. Close it."
                ) from error
            except UnicodeError as error:
                raise DataError(
                    f"{self.title} is damaged: it holds bytes that are no text "
                    f"({dialect.encoding}). Write the table again and upload that."
                ) from error

    def _checked(self, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
        for number, line in lines:
            check_mark(line, number, self.title)
            if self.dialect.delimiter != SPACES:
                check_columns(self.title, line.count(self.dialect.delimiter))
            yield line

    def _check_rows(self) -> bool:
        """Refuses rows that are longer or shorter than the header; whether numbers have commas.

        Cells without a value at the end of a row are as good as none.
        """
        dialect, commas = self.dialect, False
        width = len(dialect.names)
        for line, row in self._rows():
            if len(row) < width or (len(row) > width and any(map(str.strip, row[width:]))):
                raise DataError(self._ragged(line, row))
            commas = commas or any("," in cell and NUMBER.fullmatch(cell) for cell in row)
        return commas

    def _ragged(self, line: int, row: Sequence[str]) -> str:
        dialect, width = self.dialect, len(self.dialect.names)
        others = f"{width} names in its header" if dialect.header else f"{width} columns"
        if any("\n" in cell or "\r" in cell for cell in row):
            advice = "A quotation mark in it is never closed: close it, or remove it."
        elif dialect.delimiter == "," and len(row) == 2 * width:
            advice = (
                "Give each column a name; or, if commas are decimal marks too, part the columns "
                "with semicolons."
            )
        elif len(row) > width:
            advice = (
                "Give each column a name, and put texts with a "
                f"“{_shown(dialect.delimiter)}” in them into quotes."
            )
        else:
            advice = "Give every row a value for each column, empty where there is none."
        return (
            f"Line {line:,} of {self.title} has {len(row)} values, but there are {others}. {advice}"
        )

    def _written_index(self) -> tuple[str, ...]:
        """The nameless first column where it only counts: pandas writes its index so.

        Raises:
            DataError: a nameless column holds something else.
        """
        names = self.dialect.names
        unnamed = [at for at, name in enumerate(names) if name == nameless(at)]
        if not self.dialect.header or not unnamed:
            return ()
        checked = [names[at] for at in unnamed]
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
        unknown = [at + 1 for at in unnamed if not counts[names[at]] and not empty[names[at]]]
        if unknown:
            raise DataError(
                f"Column {unknown[0]} of {self.title} has no name. Name every column in the first "
                "line."
            )
        return tuple(checked)


def _after(file: TextIO, lines: int) -> TextIO:
    """The file behind its first lines."""
    for _ in range(lines):
        file.readline()
    return file


def _shown(delimiter: str) -> str:
    return {"\t": "tab", SPACES: "space"}.get(delimiter, delimiter)
