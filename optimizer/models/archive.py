"""models/: unpacks a zip that a stranger made: no paths outside, no links, no bombs."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from optimizer.errors import ModelError

LARGEST_CONTENT = 4 * 2**30  # bytes; twice the largest upload, so that no real model is refused
MOST_MEMBERS = 10_000
CHUNK = 2**20
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


def check_members(archive: zipfile.ZipFile) -> Sequence[zipfile.ZipInfo]:
    """Returns the files of `archive` after refusing what a model never needs.

    Raises:
        ModelError: a path leads out of the zip, a member is a link, or the content is too large.
    """
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ModelError(
            f"The zip holds {len(members):,} files; a model has at most {MOST_MEMBERS:,}. "
            "Zip only the model's own folder."
        )
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            raise ModelError(
                f"The zip names the path “{member.filename}”, which leads out of its own folder. "
                "Zip the model's folder again and upload that."
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ModelError(
                f"“{member.filename}” in the zip is a link. Zip the file that it points to instead."
            )
    content = sum(member.file_size for member in members)
    if content > LARGEST_CONTENT:
        raise ModelError(
            f"The zip unpacks to {content / 2**30:.1f} GB; at most "
            f"{LARGEST_CONTENT / 2**30:.0f} GB are accepted."
        )
    return [member for member in members if not member.is_dir()]


def extract_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Writes one member to `target`, never more bytes than its header declares.

    Raises:
        ModelError: the member is damaged.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # zipfile stops at the declared size, so a member that lies about it fails its checksum.
        with archive.open(member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)
    except DAMAGED as error:
        raise ModelError(
            f"“{member.filename}” in the zip cannot be unpacked ({error}). "
            "The upload may be incomplete: make the zip again."
        ) from error


def extract(path: Path, folder: Path) -> None:
    """Unpacks the zip at `path` into `folder`.

    Raises:
        ModelError: see `check_members` and `extract_member`.
    """
    with zipfile.ZipFile(path) as archive:
        for member in check_members(archive):
            extract_member(archive, member, folder / member.filename.replace("\\", "/"))
