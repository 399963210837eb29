"""optimizer/: how any room writes names, shapes, durations and signs into a sentence.

Measurements are written by `export.numbers`, which rests on this.
"""

import math
from collections.abc import Sequence

MINUS = "−"
LONGEST = 100  # letters of a name that comes from a file
LONGEST_LINE = 200  # letters of what a library said


# ---- what others said ------------------------------------------------------------------------


def first_sentence(error: BaseException) -> str:
    """The first line of a library's message, closed by a full stop and at most 200 characters."""
    line = _first_line(error)
    return line if line.endswith((".", "!", "?", "…")) else line + "."


def reason(error: BaseException) -> str:
    """The same without the full stop, to stand in brackets."""
    return _first_line(error).rstrip(".")


def _first_line(error: BaseException) -> str:
    """Libraries quote the file, of any length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return one_line(lines[0] if lines else type(error).__name__, LONGEST_LINE)


def one_line(text: str, longest: int = LONGEST) -> str:
    """A name on one line and of readable length: it may come from a file."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


# ---- lists and shapes ------------------------------------------------------------------------


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names for people, at most so many of them: `a, b, c and 12 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def either(options: Sequence[str]) -> str:
    """Options that may hold commas themselves: `a .csv table, one image, or many in a folder`."""
    return ", or ".join([", ".join(options[:-1]), options[-1]] if len(options) > 1 else options)


def sizes(shape: Sequence[int | None], empty: str = "one value") -> str:
    """A shape for people: `8 × 8 × 3`, `any × 3`; what `empty` says of one without dimensions."""
    return " × ".join("any" if size is None else str(size) for size in shape) or empty


# ---- numbers ---------------------------------------------------------------------------------


def counted(number: int, noun: str) -> str:
    """`1 layer`, `1,200 layers`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_sentence(title: str) -> str:
    """A title within a sentence: `Position accuracy` begins small, `AUC` and `mAP 0.5` stay.

    >>> in_sentence("Macro F1"), in_sentence("AUC"), in_sentence("mAP 0.5")
    ('macro F1', 'AUC', 'mAP 0.5')
    """
    return (
        title if title[:2].isupper() or not title[1:2].isalpha() else title[:1].lower() + title[1:]
    )


def number(value: float, form: str = ".3g") -> str:
    """A number with a real minus: `−3.4`, `1.2e−05`."""
    return format(value, form).replace("-", MINUS)


def signed(value: float, form: str) -> str:
    """A change, whose sign is always said: `+0.4`, `−0.4`, `±0.0`."""
    text = format(abs(value), form)
    if float(text) == 0:
        return f"±{text}"
    return f"{MINUS if value < 0 else '+'}{text}"


def duration(seconds: float) -> str:
    """What something took: `4 s`, `2 min 5 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def rough_duration(seconds: float) -> str:
    """What something may take, no more exact than it is: `about 2 minutes`."""
    tens = max(1, math.ceil(seconds / 10))
    if tens < 6:
        return f"about {tens}0 seconds"
    minutes = round(seconds / 60)
    if minutes < 2:
        return "about a minute"
    if minutes < 90:
        return f"about {minutes} minutes"
    return f"about {round(minutes / 60)} hours"
