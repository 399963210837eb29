"""files/: what a zip that a stranger made may hold: no paths outside, no links, no bombs."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from optimizer.errors import DataError, LiteweighError, ModelError
from optimizer.words import one_line, reason

CHUNK = 2**20
ENCRYPTED = 0x1  # bit of a member's flags
HEADER = 30  # bytes that a member has in a zip before its name: no two can share them
# Deflate reaches 1:1032; a member that declares more was not made by a packer.
LARGEST_RATIO = 1100
# The longest name that file systems take, and the longest path that is still one of a model.
LONGEST_NAME, LONGEST_PATH = 255, 1024
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises on wrong bytes, depending on where they are."""


@dataclass(frozen=True)
class Limits:
    """What a zip or folder may hold.

    Attributes:
        content: Bytes of all files together, unpacked.
        members: How many files and folders.
        what: What is in it, in a word: "model".
        error: The error of the family that a refusal raises.
        again: What to do about a damaged zip, a sentence without its full stop.
    """

    content: int
    members: int
    what: str
    error: type[LiteweighError]
    again: str


MODEL = Limits(
    content=4 * 2**30,  # twice the largest upload, so that no real model is refused
    members=10_000,
    what="model",
    error=ModelError,
    again="Save or upload the model again",
)
DATA = Limits(
    content=64 * 2**30,
    members=2_000_000,  # ImageNet has 1,281,167 images
    what="data set",
    error=DataError,
    again="Make it again and upload that",
)


def check_members(archive: zipfile.ZipFile, limits: Limits) -> Sequence[zipfile.ZipInfo]:
    """Returns the files of `archive` after refusing what no upload needs.

    Raises:
        LiteweighError: as `limits` say: a path leads out of the zip, a member is a link or no
            file, encrypted, or named twice; or the content is too large.
    """
    members = archive.infolist()
    if len(members) > limits.members:
        raise limits.error(
            f"The zip holds {len(members):,} files; a {limits.what} has at most "
            f"{limits.members:,}. Zip only the {limits.what}'s own folder."
        )
    names: set[str] = set()
    for member in members:
        _check_member(member, limits)
        name = member.filename.replace("\\", "/")
        if name in names:
            raise limits.error(
                f"The zip names “{_shown(member)}” twice, so what it holds is not clear. Make the "
                "zip again."
            )
        names.add(name)
    content = sum(member.file_size for member in members)
    if content > limits.content:
        raise limits.error(
            f"The zip unpacks to {content / 2**30:.1f} GB; at most "
            f"{limits.content / 2**30:.0f} GB are accepted."
        )
    _check_packing(members, limits.error)
    return [member for member in members if not member.is_dir()]


def extract_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, limits: Limits
) -> None:
    """Writes one member to `target`, never more bytes than its header declares.

    Raises:
        LiteweighError: as `limits` say: the member is damaged.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # zipfile stops at the declared size, so a member that lies about it fails its checksum.
        with archive.open(member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)
    except DAMAGED as error:
        raise limits.error(
            f"“{_shown(member)}” in the zip cannot be unpacked ({reason(error)}). "
            "The upload may be incomplete: make the zip again."
        ) from error


def _check_member(member: zipfile.ZipInfo, limits: Limits) -> None:
    error = limits.error
    name = member.filename.replace("\\", "/")
    path = PurePosixPath(name)
    # A drive letter is an absolute path on Windows, and no name of a model has a colon.
    if path.is_absolute() or ".." in path.parts or ":" in name or not path.parts:
        raise error(
            f"The zip names the path “{_shown(member)}”, which leads out of its own folder. "
            f"Zip the {limits.what}'s folder again and upload that."
        )
    if len(name) > LONGEST_PATH or any(len(p.encode()) > LONGEST_NAME for p in path.parts):
        raise error(
            f"The zip names a path of {len(name):,} letters (“{_shown(member)}”), longer than "
            "files can have. Shorten it and zip the folder again."
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise error(
            f"“{_shown(member)}” in the zip is a link. Zip the file that it points to instead."
        )
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise error(
            f"“{_shown(member)}” in the zip is no file (a device, pipe or socket). Leave it out."
        )
    if member.flag_bits & ENCRYPTED:
        raise error(
            f"“{_shown(member)}” in the zip needs a password. Make the zip again without one."
        )


def _check_packing(members: list[zipfile.ZipInfo], error: type[LiteweighError]) -> None:
    """Refuses what makes a bomb of a small zip: members that share bytes, or declare too many."""
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            raise error(
                f"“{_shown(member)}” in the zip shares its bytes with another file. Make the zip "
                "again."
            )
        end = member.header_offset + HEADER + member.compress_size
        if member.file_size > max(CHUNK, LARGEST_RATIO * member.compress_size):
            raise error(
                f"“{_shown(member)}” in the zip declares {member.file_size:,} bytes packed into "
                f"{member.compress_size:,}, more than packing can reach. Make the zip again."
            )


def _shown(member: zipfile.ZipInfo) -> str:
    return one_line(member.filename)
