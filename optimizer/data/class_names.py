"""data/: what classes are called, where no folder or label says it: in a file, or by the user."""

from collections.abc import Sequence

from optimizer.errors import DataError
from optimizer.words import counted

LONGEST = 100  # letters of a name


def parse_names(text: str) -> tuple[str, ...]:
    """Names, one a line, or parted by commas where there is only one line.

    >>> parse_names("cat, dog")
    ('cat', 'dog')
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1:
        lines = [name.strip() for name in lines[0].split(",") if name.strip()]
    return tuple(lines)


def check_names(names: Sequence[str], classes: int | None) -> tuple[str, ...]:
    """The names, if they can be those of so many classes; none at all always can.

    Raises:
        DataError: there are more or fewer, one stands twice, or one is too long.
    """
    if not names:
        return ()
    if classes is None:
        raise DataError(
            "Names of classes were given, but the labels are no classes. Leave them out."
        )
    if len(names) != classes:
        raise DataError(
            f"{counted(len(names), 'name')} of classes were given, but there are {classes:,} "
            "classes. Name all of them, in the order of the model’s outputs."
        )
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        raise DataError(f"Two classes are called “{twice}”. Give each a name of its own.")
    if any(len(name) > LONGEST for name in names):
        raise DataError(f"A name of a class is longer than {LONGEST} letters. Shorten it.")
    return tuple(names)
