"""tests: zips as users make them, and as nobody should."""

import copy
import zipfile
from collections.abc import Mapping
from pathlib import Path

from optimizer.files.archive import MODEL, Limits
from optimizer.files.members import open_members


def zip_folder(folder: Path, target: Path, prefix: str = "") -> Path:
    """Zips the files of `folder`, each below `prefix` in the zip."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, prefix + str(file.relative_to(folder)))
    return target


def zip_files(members: Mapping[str, bytes], target: Path) -> Path:
    """Zips contents under their names."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


def unpack(path: Path, folder: Path, limits: Limits = MODEL) -> None:
    """Copies everything out of a zip."""
    members = open_members(path, limits)
    for name in members.names:
        members.copy(name, folder / name)


def declare_size(path: Path, name: str, size: int) -> Path:
    """Makes the zip's directory say that the member `name` has `size` bytes."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.getinfo(name).file_size = size
        archive.writestr("added last", b"")  # so that the directory is written again
    return path


def with_member(path: Path, member: zipfile.ZipInfo, content: bytes) -> Path:
    """A zip with a `saved_model.pb` and one more member, packed; its name is written as it is."""
    name = member.filename
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        if name != "saved_model.pb":
            archive.writestr("saved_model.pb", b"")
        member.filename = name
        archive.writestr(member, content)
    return path


def overlapping(path: Path, count: int, size: int) -> Path:
    """A zip whose members all have the bytes of the first: zeros, each of `size` bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0", bytes(size))
        [first] = archive.infolist()
        for number in range(1, count):
            member = copy.copy(first)
            member.filename = str(number)
            archive.filelist.append(member)
        archive.writestr("added last", b"")  # so that the directory is written again
    return path
