"""files/: locks between processes, which the system lets go of when their holder dies."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def take(path: Path, *, shared: bool = False) -> int:
    """Locks the file at `path`, which is made if there is none.

    Args:
        path: In a folder that is there. A link is refused, as its owner could point it elsewhere.
        shared: With others that share it, instead of alone.

    Returns:
        What `os.close` lets go of; it ends with the process too.

    Raises:
        BlockingIOError: another process, or another part of this one, has it.
    """
    descriptor = _open(path)
    try:
        _lock(descriptor, shared=shared, wait=False)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def held(
    path: Path, *, shared: bool = False, on_wait: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Holds the lock at `path` for a block, after waiting for it; see `take`.

    Args:
        path: See `take`.
        shared: See `take`.
        on_wait: Called once if it has to wait.
    """
    descriptor = _open(path)
    try:
        try:
            _lock(descriptor, shared=shared, wait=False)
        except BlockingIOError:
            on_wait()
            _lock(descriptor, shared=shared, wait=True)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno not in {errno.EROFS, errno.EACCES} or not path.exists():
            raise
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # is there, and locks as well


def _lock(descriptor: int, *, shared: bool, wait: bool) -> None:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
