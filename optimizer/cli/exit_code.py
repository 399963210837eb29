"""cli/: what a command tells the shell."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended.

    Attributes:
        ALL_WELL: All was made that was asked for.
        SOME_FAILED: A variant failed; the others are there.
        BAD_INPUT: Something that was given cannot be used, or only the user can decide it.
    """

    ALL_WELL = 0
    SOME_FAILED = 1
    BAD_INPUT = 2
