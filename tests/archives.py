"""tests: zips as users make them, and as nobody should."""

import zipfile
from pathlib import Path


def zip_folder(folder: Path, target: Path, prefix: str = "") -> Path:
    """Zips the files of `folder`, each below `prefix` in the zip."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, prefix + str(file.relative_to(folder)))
    return target


def declare_size(path: Path, name: str, size: int) -> Path:
    """Makes the zip's directory say that the member `name` has `size` bytes."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.getinfo(name).file_size = size
        archive.writestr("added last", b"")  # so that the directory is written again
    return path
