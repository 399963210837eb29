"""tests/fuzz: which lines of ours a file reaches: one that reaches new ones is changed further."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

OURS = str(Path(__file__).parents[2] / "optimizer")
Line = tuple[str, int]


@contextmanager
def reached() -> Iterator[set[Line]]:
    """The lines of `optimizer` that ran in the block, in this thread."""
    found: set[Line] = set()

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(OURS) else None

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            found.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield found
    finally:
        sys.settrace(before)
