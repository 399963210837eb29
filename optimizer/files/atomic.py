"""files/: writes that a kill or a full disk cannot leave half done: readers see old or new."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

HALF_WRITTEN = ".*.new"
"""What something is called before it is whole, as a pattern."""


def write_atomically(path: Path, content: bytes) -> None:
    """Gives `path` this content, all of it or none."""
    with written_atomically(path) as file:
        file.write(content)


@contextmanager
def written_atomically(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content `path` has once the block has ended; after an error it is dropped."""
    beside = _beside(path)
    try:
        with beside.open("wb") as file:
            yield file
        settle(beside, path)
    except BaseException:
        with suppress(OSError):  # the first error says more
            beside.unlink(missing_ok=True)
        raise


@contextmanager
def made_atomically(folder: Path) -> Iterator[Path]:
    """An empty folder that is called `folder` once the block has ended; before, there is none."""
    beside = _beside(folder)
    shutil.rmtree(beside, ignore_errors=True)  # what a killed process left
    beside.mkdir()
    try:
        yield beside
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def settle(written: Path, path: Path) -> None:
    """Forces a file to disk, then gives it its name, in the place of one that has it already."""
    _to_disk(written)
    written.replace(path)
    _to_disk(path.parent)  # the new name itself


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
