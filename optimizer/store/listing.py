"""store/: a study in a list: what it is about and what became of it, without opening it."""

import os
import stat
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from optimizer.errors import StudyError
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import INDEX, read_index

MOST_KEPT = 1000
BLOCK = 512  # bytes of one in `st_blocks`, whatever the disk's are (stat(2))


@dataclass(frozen=True)
class Listed:
    """A study.

    Attributes:
        id: Its folder's name.
        changed: When its index was written last.
        index: None where it cannot be read.
        trouble: Why not, in a sentence; else None.
    """

    id: str
    changed: datetime
    index: StudyIndex | None
    trouble: str | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.index.name if self.index else self.id

    @property
    def smallest(self) -> Variant | None:
        """The variant with the smallest file; None where there is none beside the baseline."""
        variants = self.index.variants if self.index else ()
        return min(variants, key=lambda one: one.size_bytes) if len(variants) > 1 else None


class Listings:
    """Reads the index of each study once for each time that it was written."""

    def __init__(self) -> None:
        """None is read yet."""
        self._kept: OrderedDict[tuple[Path, int, int], Listed] = OrderedDict()

    def of(self, folder: Path) -> Listed:
        """The study in a folder.

        Raises:
            FileNotFoundError: there is none.
        """
        found = (folder / INDEX).stat()
        key = (folder, found.st_mtime_ns, found.st_size)
        if key not in self._kept:
            self._kept[key] = _read(folder, found.st_mtime)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


def _read(folder: Path, seconds: float) -> Listed:
    changed = datetime.fromtimestamp(seconds, timezone.utc)
    try:
        return Listed(folder.name, changed, read_index(folder))
    except StudyError as error:
        return Listed(folder.name, changed, None, str(error))


def bytes_on_disk(folder: Path) -> int:
    """What deleting a study would give back: files that others link to are not counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                found = os.lstat(os.path.join(place, name))  # noqa: PTH118 (half the time)
            except OSError:  # it has gone in this moment
                continue
            if found.st_nlink == 1 and stat.S_ISREG(found.st_mode):
                total += found.st_blocks * BLOCK
    return total
