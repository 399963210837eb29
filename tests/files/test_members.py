"""tests of files/: a folder and the zip of it hold the same files."""

import os
from pathlib import Path

import pytest

from optimizer.errors import DataError, ModelError
from optimizer.files.archive import DATA, MODEL, Limits
from optimizer.files.members import HEAD, Members, as_file, open_members
from tests.archives import zip_files, zip_folder
from tests.refused import refused

CONTENT = {"b/two.txt": b"2" * 1000, "a/one.txt": b"1", "three.txt": b""}
LEFT_BEHIND = (
    ".DS_Store", "a/._one.txt", "__MACOSX/a/one.txt", "Thumbs.db", "a/desktop.ini", ".git/config",
)  # fmt: skip
FEW = Limits(2**20, 3, "data set", DataError, "Make it again")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "model"
    for name, content in CONTENT.items() | {(name, b"noise") for name in LEFT_BEHIND}:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture(params=["folder", "zip"])
def members(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Members:
    zipped = request.param == "zip"
    return open_members(zip_folder(folder, tmp_path / "m.zip") if zipped else folder, MODEL)


def test_files_are_listed_in_order_without_what_systems_leave_behind(members: Members) -> None:
    assert members.names == tuple(sorted(CONTENT))


def test_what_is_read_is_what_was_put_in(members: Members, tmp_path: Path) -> None:
    for name, content in CONTENT.items():
        assert members.size(name) == len(content)
        assert members.read(name) == content
        assert members.head(name) == content[:HEAD]
        with members.open(name) as file:
            assert file.read() == content
        assert members.copy(name, tmp_path / "deep" / name).read_bytes() == content
        with as_file(members, name) as path:
            assert path.read_bytes() == content


def test_a_file_by_itself_is_its_only_member(folder: Path) -> None:
    alone = open_members(folder / "a/one.txt", DATA)
    assert (alone.kind, alone.names) == ("file", ("one.txt",))
    assert alone.read("one.txt") == b"1"


def test_a_folder_with_more_files_than_the_limits_allow_is_refused(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.png").touch()
    with refused(DataError, "more than 3 files", "no data set has", "own folder"):
        open_members(tmp_path, FEW)


def test_a_link_that_leads_nowhere_is_no_member(folder: Path) -> None:
    (folder / "gone.txt").symlink_to(folder / "nothing")
    assert open_members(folder, MODEL).names == tuple(sorted(CONTENT))


def test_a_file_that_vanished_is_named(folder: Path, tmp_path: Path) -> None:
    members = open_members(folder, MODEL)
    (folder / "three.txt").unlink()
    with refused(ModelError, "“three.txt” in the folder cannot be read", "No such file"):
        members.head("three.txt")
    with refused(ModelError, "“three.txt” in the folder cannot be read"):
        members.copy("three.txt", tmp_path / "copy")


@pytest.mark.parametrize(("limits", "error"), [(MODEL, ModelError), (DATA, DataError)])
def test_a_damaged_zip_is_refused_by_the_room_that_it_is_for(
    tmp_path: Path, limits: Limits, error: type[ModelError | DataError]
) -> None:
    whole = zip_files({"one.txt": os.urandom(5000)}, tmp_path / "m.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])
    with refused(error, "The zip is damaged or incomplete", f"{limits.again}."):
        open_members(cut, limits)
    wrong = bytearray(whole)
    wrong[len(whole) // 2] ^= 1
    cut.write_bytes(wrong)
    with refused(error, "“one.txt” in the zip cannot be unpacked"):
        open_members(cut, limits).copy("one.txt", tmp_path / "out")
