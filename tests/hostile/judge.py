"""tests of hostile files: who refused a file, and whether anything came of it.

What our own readers find is refused by us, also where they use a library to read (zips, HDF5,
arrays, pictures). Where a library that builds or runs models was the first to say no, it was given
the file.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from optimizer.errors import LiteweighError
from tests.fuzz.effects import nowhere_but_in

LIBRARIES = ("/keras/", "/tf_keras/", "/tensorflow/", "/ai_edge_litert/")


@dataclass
class Judged:
    """What one test has shown.

    Attributes:
        ours: Refusals by us, in words.
        theirs: Those where only a library's error stood between the file and its effect.
        harmless: Files that were opened, of which nothing came.
        looking: Whether somebody looks on already.
    """

    ours: int = 0
    theirs: list[str] = field(default_factory=list)
    harmless: int = 0
    looking: bool = False


@contextmanager
def judging(judged: Judged) -> Iterator[None]:
    """Looks on while the product opens a file of a stranger.

    Raises:
        AssertionError: it had an effect.
    """
    if judged.looking:
        yield
        return
    judged.looking, refusal = True, None
    try:
        with nowhere_but_in(Path(tempfile.gettempdir())):
            try:
                yield
            except LiteweighError as error:
                refusal = error  # what it left behind is looked for all the same
    finally:
        judged.looking = False
    if refusal is None:
        judged.harmless += 1
        return
    if by_library(refusal):
        judged.theirs.append(str(refusal))
    else:
        judged.ours += 1
    raise refusal


def by_library(error: BaseException) -> bool:
    """Whether a library that builds or runs models raised what an error was made of."""
    cause = error.__cause__
    return cause is not None and (_in_library(cause.__traceback__) or by_library(cause))


def _in_library(traceback: TracebackType | None) -> bool:
    while traceback:
        file = traceback.tb_frame.f_code.co_filename
        if any(f"site-packages{library}" in file for library in LIBRARIES):
            return True
        traceback = traceback.tb_next
    return False
