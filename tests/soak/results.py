"""tests/soak: the file that keeps what every run of a series found, one JSON line each."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """One run of a series.

    Attributes:
        series: Its name.
        number: 0 is the first; each has a seed of its own.
        began: When, in UTC, as ISO 8601.
        seconds: How long it took.
        held: Whether all was as it must be.
        found: What was seen; where it did not hold, also the "error".
    """

    series: str
    number: int
    began: str
    seconds: float
    held: bool
    found: dict[str, Any]


def append(file: Path, run: Run) -> None:
    """Adds a run, below an unfinished line if a kill left one; `read` passes over that."""
    unfinished = file.exists() and not file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as lines:
        lines.write("\n" * unfinished + json.dumps(asdict(run)) + "\n")


def read(file: Path) -> list[Run]:
    """All runs so far; none if there is no file."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [run for run in map(_read_line, lines) if run]


def _read_line(line: str) -> Run | None:
    try:
        return Run(**json.loads(line))
    except ValueError:  # its writer was killed
        return None
