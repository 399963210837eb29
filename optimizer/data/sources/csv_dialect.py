"""data/sources/: how a table in a text file is written: encoding, delimiter, header."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from optimizer.data.sources.table import NUMBER, check_columns
from optimizer.errors import DataError

DELIMITERS = ",;\t|"
SPACES = " "  # one or several, where none of the others parts anything
LOOKED_AT = 256 * 2**10  # bytes from which delimiter and header are told
LINES = 50
CELLS = 20_000  # that are looked at to tell the delimiter
LARGEST_CELL = 2**20
LONGEST_LINE = 4 * 2**20  # bytes
LINE_BREAKS = (b"\n", b"\r")
CONFLICT_MARKS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")  # of git, Mercurial and others
CONFLICT_MIDDLE = "======="
REMARK = "#"
SAID_DELIMITER = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # the first line that Excel understands
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        encoding: Python's name of it.
        delimiter: Between cells; `SPACES` for any number of them.
        names: Of the columns; made up where there is no header.
        before: How many lines stand before the table.
        header: Whether the table's first line has the names.
        notes: What had to be done to read it.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    before: int
    header: bool
    notes: tuple[str, ...] = ()


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is text."""
    if head.startswith(tuple(BYTE_ORDER_MARKS)):
        return True
    printable = bytes(range(32, 256)) + b"\t\n\r\f"
    if _utf_16(head):
        head = head.replace(b"\0", b"")
    return bool(head) and not head.translate(None, printable)


def sniff(path: Path) -> Dialect:
    """Tells how the table at `path` is written.

    Raises:
        DataError: it has no rows, two columns of the same name, or marks of a conflict.
    """
    encoding = _encoding(path)
    lines = _first_lines(path, encoding)
    before, said = 0, ""
    if lines and (found := SAID_DELIMITER.fullmatch(lines[0].strip())):
        before, said = 1, found[1]
    remarks = []
    while before < len(lines) and _is_remark(lines[before]):
        remarks += [lines[before]] if lines[before].strip() else []
        before += 1
    lines = lines[before : before + LINES]
    delimiter = said or _delimiter(lines)
    rows = _cells(lines, delimiter)
    if not rows:
        raise DataError(f"{path.name} holds no rows. Upload a table with a header and rows.")
    check_columns(path.name, len(rows[0]))
    names = _names_in_remark(remarks[-1], rows, delimiter) if remarks else None
    notes = []
    if remarks[1 if names else 0 :]:
        notes.append(f"Lines before the table that begin with “{REMARK}” were left out.")
    header = names is None and _is_header(rows[0], rows[1:])
    if header:
        names = rows[0]
    elif names is None:
        names = [f"column {place + 1}" for place in range(max(map(len, rows)))]
        notes.append(
            "The table has no header; its columns are called column 1, column 2 and so on."
        )
    stripped = [name.strip() for name in names]
    twice = [name for name, count in Counter(stripped).items() if name and count > 1]
    if twice:
        raise DataError(
            f"{path.name} has two columns called “{twice[0]}”. Give each column a name of its own."
        )
    called = [name or nameless(place) for place, name in enumerate(stripped)]
    return Dialect(encoding, delimiter, tuple(called), before, header, tuple(notes))


def nameless(position: int) -> str:
    """What a column without a name is called."""
    return f"(column {position + 1} without a name)"


def numbered(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the number of the line in which it begins, from 1; [] where it is empty.

    Raises:
        csv.Error: a cell is too long.
    """
    if delimiter == SPACES:
        yield from ((at + 1, line.split()) for at, line in enumerate(lines))
        return
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    begins = 1
    for row in reader:
        yield begins, [] if len(row) == 1 and not row[0].strip() else row
        begins = reader.line_num + 1


def check_mark(line: str, number: int, title: str) -> None:
    """Refuses the marks that version control leaves where two versions differ.

    Raises:
        DataError: names the line.
    """
    if line.startswith(CONFLICT_MARKS) or line.rstrip() == CONFLICT_MIDDLE:
        raise DataError(
            f"Line {number:,} of {title} is the mark of a conflict (“{line.strip()[:40]}”): two "
            "versions of the table stand in the file. Keep one of them, remove the marks, and "
            "upload that."
        )


def _first_lines(path: Path, encoding: str) -> list[str]:
    """The lines at the beginning, but the last where it may be cut."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
        if not any(mark in head for mark in LINE_BREAKS):
            head += file.read(LONGEST_LINE)
        cut = bool(file.read(1))
    text = codecs.getincrementaldecoder(encoding)("ignore").decode(head)
    lines = list(io.StringIO(text, newline=""))
    lines = lines[:-1] if cut and len(lines) > 1 else lines
    for at, line in enumerate(lines):
        check_mark(line, at + 1, path.name)
    return lines


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith(REMARK) or not line.strip()


def _names_in_remark(line: str, rows: Sequence[Sequence[str]], delimiter: str) -> list[str] | None:
    """The names in the last remark before the rows, as NumPy writes them; None if it has none."""
    names = _cells([line.strip().lstrip(REMARK).strip() or REMARK], delimiter)[0]
    if len(names) != len(rows[0]) or any(NUMBER.fullmatch(name) for name in names):
        return None
    return names if any(NUMBER.fullmatch(cell) for cell in rows[0]) else None


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for _, row in numbered(lines, delimiter) if row]
    except csv.Error:
        return [[line] for line in lines]


def _encoding(path: Path) -> str:
    """UTF-8 if all of the file is, or what its first bytes say, or else Windows's.

    Raises:
        DataError: a line is so long that it is none of a table.
    """
    _check_lines(path)
    with path.open("rb") as file:
        head = file.read(LINES)
    for mark, name in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name
    if unmarked := _utf_16(head):
        return unmarked
    return next((name for name in ("utf-8", "cp1252") if _decodes(path, name)), "latin-1")


def _utf_16(head: bytes) -> str | None:
    """The encoding of two bytes a letter that `head` is in without saying so: of Latin letters."""
    even, odd = head[::2], head[1::2]
    if len(head) < 4 or b"\0" not in head:
        return None
    if not any(odd) and all(even[: len(odd)]):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else None


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


def _delimiter(lines: Sequence[str]) -> str:
    """What parts the lines into as many cells each, most of them numbers."""
    found = {mark: _regularity(lines, mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=found.__getitem__)
    if found[best][0] > 0:
        return best
    same, numbers, _ = _regularity(lines, SPACES)
    return SPACES if same == 1 and numbers > 0.5 else best


def _regularity(lines: Sequence[str], delimiter: str) -> tuple[float, float, int]:
    """How much `delimiter` looks like one.

    Returns:
        The share of lines that have as many cells as most, 0 if that is one cell; the share of
        the last cells that are numbers; and how many cells a line has.
    """
    rows = _cells(lines, delimiter)
    if not rows:
        return 0.0, 0.0, 1
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if width < 2:
        return 0.0, 0.0, 1
    # From below, where no header is: of a wide table the last rows tell it.
    cells = list(islice(chain.from_iterable(reversed(rows)), CELLS))
    return count / len(rows), sum(map(bool, map(NUMBER.fullmatch, cells))) / len(cells), width


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns.

    It does if no cell of it is a number, if a text stands above numbers, or if it counts up from
    0, as pandas names columns without names; but not if each of its texts stands below it again.
    """
    numbers = [at for at, cell in enumerate(first) if NUMBER.fullmatch(cell)]
    texts = [at for at, cell in enumerate(first) if cell.strip() and at not in numbers]
    if not numbers:
        again = (any(_is_there(row, at, first[at]) for row in others) for at in texts)
        return not texts or not all(again)
    if any(all(_is_number(row, at) for row in others) for at in texts):
        return bool(others)
    counted = [first[at].strip() for at in numbers]
    return len(counted) > 1 and counted == [str(number) for number in range(len(counted))]


def _is_there(row: Sequence[str], at: int, cell: str) -> bool:
    return at < len(row) and row[at].strip() == cell.strip()


def _is_number(row: Sequence[str], at: int) -> bool:
    return at < len(row) and (not row[at].strip() or bool(NUMBER.fullmatch(row[at])))
