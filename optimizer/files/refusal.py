"""files/: what the system did not let us do with a file, in a sentence for the user."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from optimizer.errors import LiteweighError

FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
TOO_MANY_OPEN = {errno.EMFILE, errno.ENFILE}
GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE}


def in_words(error: OSError) -> str:
    """What was refused, and what to do about it."""
    name = f"“{os.path.basename(error.filename)}” " if isinstance(error.filename, str) else ""  # noqa: PTH119
    reason = error.strerror or str(error).rstrip(".") or type(error).__name__
    if error.errno in FULL:
        return f"The disk did not take the files ({reason}). Free some space and try again."
    if error.errno in READ_ONLY:
        return (
            f"The folder of the studies cannot be written to ({reason}). Let this user write to "
            "it, or choose another with LITEWEIGH_HOME or --out, and try again."
        )
    if error.errno in TOO_MANY_OPEN:
        return (
            f"This process has too many files open ({reason}). Close other studies, or raise the "
            "limit (ulimit -n), and try again."
        )
    if error.errno in GONE:
        return (
            f"A file {name}is no longer where it was ({reason}). If somebody moved or deleted it, "
            "put it back, or begin a new study."
        )
    return f"The disk failed ({reason}). Check it, and try again."


@contextmanager
def said_as(kind: type[LiteweighError]) -> Iterator[None]:
    """Makes what the system refuses within the block an error of the family."""
    try:
        yield
    except OSError as error:
        raise kind(in_words(error)) from error
