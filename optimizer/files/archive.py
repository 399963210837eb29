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
# The end of a zip with the longest comment, and an entry of its directory with the longest path.
LONGEST_END, LONGEST_ENTRY = 2**16 + 98, 46 + LONGEST_PATH + 100
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
        freely: So many bytes it may unpack to, however small it is.
        ratio: How many times its own size it may unpack to beyond that.
        what: What is in it, in a word: "model".
        error: The error of the family that a refusal raises.
        again: What to do about a damaged zip, a sentence without its full stop.
    """

    content: int
    members: int
    what: str
    error: type[LiteweighError]
    again: str
    freely: int = 2**28
    ratio: int = LARGEST_RATIO


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
    # Deflated texts and sparse arrays reach 200; what reaches more is all but empty.
    ratio=400,
)


def check_unpacked(unpacked: int, packed: int, what: str, limits: Limits) -> None:
    """Refuses what is small and unpacks to far too much, by what its headers say.

    Args:
        unpacked: Bytes that it declares.
        packed: Bytes that it has.
        what: What declares them, in the words that begin a sentence.
        limits: See `Limits`.

    Raises:
        LiteweighError: as `limits` say.
    """
    _check_content(unpacked, what, limits)
    if unpacked > limits.freely and unpacked > limits.ratio * packed:
        raise limits.error(
            f"{what} unpacks to {unpacked / 2**20:,.0f} MB, {unpacked / max(1, packed):,.0f} times "
            f"its size, so it is all but empty; at most {limits.ratio} times are accepted. Save it "
            "without compression, or with fewer samples."
        )


def _check_content(unpacked: int, what: str, limits: Limits) -> None:
    if unpacked > limits.content:
        raise limits.error(
            f"{what} unpacks to {unpacked / 2**30:,.1f} GB; at most "
            f"{limits.content / 2**30:.0f} GB are accepted."
        )


def check_directory(path: Path, limits: Limits) -> None:
    """Refuses a zip of too many files before its directory is read, which would take long.

    What the end of a zip says of its directory (PKWARE's APPNOTE.TXT, 4.3.14 to 4.3.16) may be
    wrong; whoever reads the directory then finds that out.

    Raises:
        LiteweighError: as `limits` say.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - LONGEST_END))
        end = file.read()
        at = end.rfind(b"PK\5\6")
        if not 0 <= at <= len(end) - 22:
            return
        files, directory = struct.unpack_from("<HL", end, at + 10)
        if at >= 20 and end.startswith(b"PK\6\7", at - 20):  # the numbers are elsewhere
            (place,) = struct.unpack_from("<Q", end, at - 12)
            file.seek(min(place, size))
            larger = file.read(56)
            if len(larger) == 56 and larger.startswith(b"PK\6\6"):
                files, directory = struct.unpack_from("<QQ", larger, 32)
    _check_count(max(files, directory // LONGEST_ENTRY), limits)


def _check_count(files: int, limits: Limits) -> None:
    if files > limits.members:
        raise limits.error(
            f"The zip holds {files:,} files; a {limits.what} has at most "
            f"{limits.members:,}. Zip only the {limits.what}'s own folder."
        )


def check_members(archive: zipfile.ZipFile, limits: Limits) -> Sequence[zipfile.ZipInfo]:
    """Returns the files of `archive` after refusing what no upload needs.

    Raises:
        LiteweighError: as `limits` say: a path leads out of the zip, a member is a link or no
            file, encrypted, or named twice; or the content is too large.
    """
    members = archive.infolist()
    _check_count(len(members), limits)
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
    packed = sum(member.compress_size for member in members)
    _check_content(content, "The zip", limits)
    _check_packing(members, limits.error)
    check_unpacked(content, packed, "The zip", limits)
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
