"""techniques/: numbers of operators as recipes write them: `3;17-19`."""

import re
from collections.abc import Iterable

ENTRY = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?")
SEPARATOR = ";"


def read_numbers(text: str) -> tuple[int, ...]:
    """The numbers in order, each once.

    Raises:
        ValueError: it is no such text; the message says what is expected.
    """
    found: set[int] = set()
    for entry in filter(str.strip, text.split(SEPARATOR)):
        match = ENTRY.fullmatch(entry)
        if not match:
            raise ValueError(
                f"“{entry.strip()}” is no number of an operator. Write numbers and ranges: 3;17-19"
            )
        first = int(match[1])
        last = int(match[2] or first)
        if last < first:
            raise ValueError(f"The range {first}-{last} runs backwards. Write {last}-{first}")
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def write_numbers(numbers: Iterable[int]) -> str:
    """The one text of these numbers; what is next to each other becomes a range."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return SEPARATOR.join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
