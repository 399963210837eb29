"""files/: what tells two files, folders or texts apart: SHA-256 of their content."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

CHUNK = 2**20


def digest(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder with their names."""
    sha = hashlib.sha256()
    for file in _files(path):
        if path.is_dir():
            sha.update(str(file.relative_to(path)).encode())
        with file.open("rb") as content:
            while chunk := content.read(CHUNK):
                sha.update(chunk)
    return sha.hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    return sum(file.stat().st_size for file in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from sorted(file for file in path.rglob("*") if file.is_file())
