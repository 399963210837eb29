"""workers/: what tasks printed: a file in the folder of each, which the user may read."""

from pathlib import Path

from optimizer.files import left
from optimizer.workers import progress

LOG = "log.txt"
MOST = 4 * 2**20  # bytes: what a page can show


def read_log(folder: Path) -> str:
    """The end of what tasks printed in `folder`, native code's output included, or nothing."""
    return (left.read(folder, LOG, MOST) or b"").decode(errors="replace")


def clear_all_but_log(folder: Path) -> None:
    """Deletes what a task that failed left in its folder, but for its log and its progress."""
    for entry in folder.iterdir():
        if entry.name in {LOG, progress.FILE}:
            continue
        if entry.is_dir() and not entry.is_symlink():
            left.delete(entry)
        else:
            entry.unlink()
