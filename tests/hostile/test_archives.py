"""tests of hostile files: zips that lead out of their folder, or unpack to far too much."""

import stat
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import pytest

from optimizer.errors import DataError, ModelError
from optimizer.files.archive import DATA as DATA_OF_IMAGES
from optimizer.files.archive import MODEL, Limits, check_directory
from optimizer.files.members import Members
from optimizer.models.recognise import recognise
from tests.archives import declare_size, overlapping, unpack, with_member
from tests.hostile.conftest import Opener
from tests.refused import refused

DATA = Limits(2**20, 10, "data set", DataError, "Make it again")


@pytest.mark.parametrize(
    "name", ["../marker", "model/../../marker", "/etc/marker", "..\\marker", "C:\\marker", "."]
)
def test_a_path_that_leads_out(opener: Opener, tmp_path: Path, marker: Path, name: str) -> None:
    path = with_member(tmp_path / "m.zip", zipfile.ZipInfo(name), b"ran")
    with refused(ModelError, "leads out of its own folder", "Zip the model's folder again"):
        opener(path)
    with refused(DataError, "leads out of its own folder", "Zip the data set's folder again"):
        unpack(path, tmp_path / "out", DATA)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("kind", "words"),
    [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "is no file"), (stat.S_IFCHR, "is no file"),
     (stat.S_IFSOCK, "is no file")],
    ids=["link", "pipe", "device", "socket"],
)  # fmt: skip
def test_what_is_no_file(opener: Opener, tmp_path: Path, kind: int, words: str) -> None:
    member = zipfile.ZipInfo("variables/variables.index")
    member.external_attr = (kind | 0o777) << 16
    path = with_member(tmp_path / "m.zip", member, b"/etc/passwd")
    with refused(ModelError, "“variables/variables.index”", words):
        opener(path)
    with refused(DataError, words):
        unpack(path, tmp_path / "out", DATA)


def test_a_name_that_occurs_twice(opener: Opener, tmp_path: Path) -> None:
    """What was checked must be what is loaded."""
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("saved_model.pb", b"harmless")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("saved_model.pb", b"hostile")
    with refused(ModelError, "“saved_model.pb” twice", "Make the zip again"):
        opener(path)


def test_a_member_that_needs_a_password(opener: Opener, tmp_path: Path) -> None:
    path = with_member(tmp_path / "m.zip", zipfile.ZipInfo("saved_model.pb"), b"x" * 20)
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(magic) + offset] |= 1
    path.write_bytes(content)
    with refused(ModelError, "“saved_model.pb”", "needs a password"):
        opener(path)


@pytest.mark.parametrize("name", ["a/" * 600 + "x", "x" * 300], ids=["deep", "long"])
def test_a_name_that_no_file_can_have(opener: Opener, tmp_path: Path, name: str) -> None:
    path = with_member(tmp_path / "m.zip", zipfile.ZipInfo(name), b"x")
    with refused(ModelError, "letters", "Shorten it"):
        opener(path)


# ---- bombs -----------------------------------------------------------------------------------


def test_a_member_that_declares_more_than_packing_can_reach(opener: Opener, tmp_path: Path) -> None:
    path = with_member(tmp_path / "m.zip", zipfile.ZipInfo("saved_model.pb"), bytes(2**20))
    declare_size(path, "saved_model.pb", 2 * 2**30)
    with refused(ModelError, "“saved_model.pb”", "2,147,483,648 bytes", "more than packing"):
        opener(path)


def test_members_that_share_their_bytes(opener: Opener, tmp_path: Path) -> None:
    """As in “A better zip bomb” (Fifield, 2019): 42 kB that unpack to 5.5 GB."""
    path = overlapping(tmp_path / "m.zip", count=50, size=10 * 2**20)
    assert path.stat().st_size < 20_000
    with refused(ModelError, "shares its bytes", "Make the zip again"):
        opener(path)


def test_a_zip_of_zips_is_unpacked_once(tmp_path: Path) -> None:
    inner = with_member(tmp_path / "inner.zip", zipfile.ZipInfo("zeros"), bytes(2**20))
    outer = with_member(tmp_path / "outer.zip", zipfile.ZipInfo("inner.zip"), inner.read_bytes())
    unpack(outer, tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"inner.zip", "saved_model.pb"}


def test_the_limits_are_those_of_what_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(11):
            archive.writestr(f"{number}.png", b"x")
    with refused(DataError, "11 files", "a data set has at most 10"):
        unpack(path, tmp_path / "out", DATA)
    unpack(path, tmp_path / "out", MODEL)
    large = with_member(tmp_path / "large.zip", zipfile.ZipInfo("x"), bytes(2**20 + 1))
    with refused(DataError, "unpacks to"):
        unpack(large, tmp_path / "more", DATA)


def test_a_member_that_unpacks_to_more_than_it_declares(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(2**26)) + packer.flush()
    name, declared = b"zeros", 1000
    header = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), declared,
                         len(name), 0)  # fmt: skip
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(packed), declared,
                        len(name), 0, 0, 0, 0, 0, 0)  # fmt: skip
    start = len(header) + len(name) + len(packed)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry) + len(name), start, 0)
    path = tmp_path / "m.zip"
    path.write_bytes(header + name + packed + entry + name + end)
    with refused(ModelError, "“zeros”", "cannot be unpacked"):
        unpack(path, tmp_path / "out")
    assert (tmp_path / "out" / "zeros").stat().st_size <= declared


# ---- many files ------------------------------------------------------------------------------


@pytest.mark.parametrize("files_of_zip64", [50, 5000])
def test_a_zip_of_too_many_files_is_refused_before_its_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files_of_zip64: int
) -> None:
    """Whether it says so, in either way, or says a small number of a long directory."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", files_of_zip64)
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number}.h5", b"")
    with refused(DataError, "200 files", "a data set has at most 10"):
        check_directory(path, DATA)
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x05\x06")
    content[place - 20 : place - 16] = b"none"  # of the numbers that take more than two bytes
    content[place + 8 : place + 12] = struct.pack("<2H", 9, 9)
    content[place + 12 : place + 16] = struct.pack("<L", 13_000_000)
    path.write_bytes(content)
    with refused(ModelError, "11,111 files"):
        check_directory(path, MODEL)
    check_directory(path, DATA_OF_IMAGES)


def test_of_thousands_of_descriptions_only_a_few_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def description(members: Members, name: str) -> bytes:
        read.append(name)
        return members.read(name)

    monkeypatch.setattr("optimizer.models.formats.keras_json.read_description", description)
    with h5py.File(tmp_path / "weights.h5", "w"):
        path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "weights.h5", "model.weights.h5")
        for number in range(9_000):
            archive.writestr(
                f"{number}.json", b'{"class_name": "Functional", "config": {"layers": []}}'
            )
    with refused(ModelError, "describes more than 5 models", "Leave only the one"):
        recognise(path)
    assert len(read) == 6
