"""tests: zips as users make them, and as nobody should."""

import copy
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from optimizer.files.archive import MODEL, Limits
from optimizer.files.members import open_members

ZEROS = 2**24  # packed once, and then written as often as they are wanted


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


def zip_of_zeros(members: Mapping[str, tuple[bytes, int]], target: Path) -> Path:
    """Zips contents that end in zeros, each given as its beginning and how many zeros follow.

    A gigabyte of them takes a second: the same packed megabytes are written again and again.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    nothing = bytes(ZEROS)
    block = packer.compress(nothing) + packer.flush(zlib.Z_FULL_FLUSH)
    directory, content = b"", b""
    for name, (beginning, zeros) in members.items():
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(beginning) + packer.flush(zlib.Z_FULL_FLUSH)
        packed += zeros // ZEROS * block
        packed += packer.compress(bytes(zeros % ZEROS)) + packer.flush()
        checksum = zlib.crc32(beginning)
        for left in range(zeros, 0, -ZEROS):
            checksum = zlib.crc32(memoryview(nothing)[:left], checksum)
        fields = struct.pack(
            "<5H3L2H", 20, 0, 8, 0, 0x21, checksum, len(packed), len(beginning) + zeros,
            len(name), 0,
        )  # fmt: skip
        directory += b"PK\x01\x02\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, len(content))
        directory += name.encode()
        content += b"PK\x03\x04" + fields + name.encode() + packed
    count = len(members)
    end = struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(content), 0)
    target.write_bytes(content + directory + b"PK\x05\x06" + end)
    return target
