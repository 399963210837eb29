"""files/: copies of files, which share their blocks where the disk can do that."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

CLONE = 0x40049409  # FICLONE of linux/fs.h: btrfs, XFS and others
CHUNK = 2**20


def copy(
    source: int,
    name: str,
    folder: int | None = None,
    *,
    most: int,
    on_chunk: Callable[[], None] = lambda: None,
) -> None:
    """Copies an open file; it takes no time and no room where the disk can share blocks.

    Holes stay holes: a small file may say that it is large.

    Args:
        source: Open to be read.
        name: The new file's path; there is none yet.
        folder: The open folder that `name` is in; None: it is as usual.
        most: Bytes; somebody may be writing to the file, and never end.
        on_chunk: Called before each megabyte; what it raises ends the copying.

    Raises:
        OSError: the disk does not take it, or the file is there.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    target = os.open(name, flags, 0o644, dir_fd=folder)
    with os.fdopen(target, "wb") as writes:
        with suppress(OSError):
            fcntl.ioctl(target, CLONE, source)
            return
        for start, end in _data(source, most):
            writes.seek(start)
            while chunk := os.pread(source, min(CHUNK, end - start), start):
                on_chunk()
                writes.write(chunk)
                start += len(chunk)  # noqa: PLW2901
        writes.truncate(most)


def _data(source: int, most: int) -> Iterator[tuple[int, int]]:
    """Where a file is no hole: from and to; it may change meanwhile."""
    end = 0
    while end < most:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
            end = min(os.lseek(source, start, os.SEEK_HOLE), most)
        except OSError:  # there is a hole up to its end
            return
        yield start, end
