"""workers/confinement/: the command that starts a worker with namespaces of its own: bwrap(1).

In them there are no other processes, no network but an empty loopback, and no file system but what
is put there: read-only places of programs and the inbox, the outbox, and an own /proc.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from optimizer.workers.confinement import readable

PROGRAM = "bwrap"


def found() -> str | None:
    """Where it is installed; None where it is not."""
    return shutil.which(PROGRAM)


def command(
    bwrap: str, argv: Sequence[str], read: Iterable[Path], inbox: Path, outbox: Path
) -> list[str]:
    """What starts `argv` in a prison, in the outbox as current folder.

    Args:
        bwrap: The program.
        argv: A command with absolute paths.
        read: What may be read beside the inbox.
        inbox: A folder to read; it exists.
        outbox: A folder to write; it exists.
    """
    return [
        bwrap,
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        *("--cap-drop", "ALL"),
        *_places(read),
        *("--proc", "/proc"),
        *_masks(),
        *(word for device in readable.DEVICES for word in ("--dev-bind", device, device)),
        *("--ro-bind", str(inbox), str(inbox)),
        *("--bind", str(outbox), str(outbox)),
        *("--remount-ro", "/"),
        *("--chdir", str(outbox)),
        "--",
        *argv,
    ]


def _masks() -> Iterator[str]:
    """Leaves of /proc what it says of processes, of which it holds the worker's own.

    The rest is the machine's. For root, whose number a worker of a server of root keeps, some of
    it tells the addresses of the kernel, and some can be written: core_pattern names a program that
    the kernel then runs, as root and outside.
    """
    for path in sorted(Path("/proc").iterdir()):
        if path.name.isdigit() or path.is_symlink() or str(path) in readable.PROCESS:
            continue
        if path.is_dir():
            yield from ("--tmpfs", str(path), "--remount-ro", str(path))
        else:
            yield from ("--ro-bind", "/dev/null", str(path))


def _places(read: Iterable[Path]) -> Iterator[str]:
    """Folders are put where they are; a link in the root folder, such as /lib, stays a link."""
    placed: set[Path] = set()
    for path in read:
        if not placed.isdisjoint(path.parents):
            continue
        placed.add(path)
        if path.is_symlink() and path.parent == Path("/"):
            yield from ("--symlink", str(path.readlink()), str(path))
        else:
            yield from ("--ro-bind", str(path), str(path))
