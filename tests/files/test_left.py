"""tests of files/: nothing that is left in a folder leads whoever looks at it elsewhere."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from optimizer.files.left import Bounds, NotPlainError, delete, empty, read, take

SECRET = b"secret"
ENOUGH = 1000


def bounds() -> Bounds:
    return Bounds(files=ENOUGH, size=2**20)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "others"
    folder.mkdir()
    (folder / "file").write_bytes(SECRET)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "left").mkdir()
    return tmp_path / "left"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def test_the_end_of_a_plain_file_is_read(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c").write_bytes(b"0123456789")
    assert read(folder, "a/b/c", 4) == b"6789"
    assert read(folder, "a/b/c", 100) == b"0123456789"
    assert read(folder, "a/b/d", 100) is None
    assert read(folder, "a/b", 100) is None
    assert read(folder / "none", "c", 100) is None


def test_no_link_is_read_through(folder: Path, secret: Path) -> None:
    (folder / "file").symlink_to(secret / "file")
    (folder / "linked").symlink_to(secret)
    (folder / "a").mkdir()
    (folder / "a" / "up").symlink_to("../../others")
    for name in ("file", "linked/file", "a/up/file"):
        assert (folder / name).read_bytes() == SECRET
        assert read(folder, name, 100) is None


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "log.txt")
    assert read(folder, "log.txt", 100) is None


@pytest.fixture(params=[False, True], ids=["renamed", "copied"])
def apart(request: pytest.FixtureRequest) -> bool:
    """Whether somebody may have what is taken open."""
    return bool(request.param)


def test_plain_files_and_folders_are_taken(folder: Path, target: Path, apart: bool) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c").write_bytes(b"c")
    (folder / "x").write_bytes(b"new")
    (folder / "stays").write_bytes(b"s")
    (target / "x").write_bytes(b"old")
    take(folder, target, bounds(), strict=True, apart=apart, but=("stays",))
    assert (target / "a" / "b" / "c").read_bytes() == b"c"
    assert (target / "x").read_bytes() == b"new"
    assert not (target / "stays").exists()
    assert not [file for file in folder.rglob("*") if file.is_file() and file.name != "stays"]


def _link(place: Path, secret: Path) -> None:
    place.symlink_to(secret / "file")


def _folder_link(place: Path, secret: Path) -> None:
    place.symlink_to(secret)


def _dangling(place: Path, _: Path) -> None:
    place.symlink_to("/nowhere/at/all")


def _pipe(place: Path, _: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path, _: Path) -> None:
    here = Path.cwd()
    os.chdir(place.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(place.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("make", [_link, _folder_link, _dangling, _pipe, _socket])
@pytest.mark.parametrize("inside", ["", "deeper/and/deeper"])
def test_what_is_not_plain_is_refused_or_dropped(
    folder: Path,
    target: Path,
    secret: Path,
    make: Callable[[Path, Path], None],
    inside: str,
    apart: bool,
) -> None:
    place = folder / inside
    place.mkdir(parents=True, exist_ok=True)
    make(place / "odd", secret)
    (place / "plain").write_bytes(b"p")
    with pytest.raises(NotPlainError, match="“odd”"):
        take(folder, target, bounds(), strict=True, apart=apart)
    take(folder, target, bounds(), strict=False, apart=apart)
    assert [file.name for file in target.rglob("*") if not file.is_dir()] == ["plain"]
    assert (target / inside / "plain").read_bytes() == b"p"
    assert (secret / "file").read_bytes() == SECRET


def test_a_device_is_refused(folder: Path, target: Path, apart: bool) -> None:
    try:
        os.mknod(folder / "disk", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:  # then a worker cannot make one either
        return
    with pytest.raises(NotPlainError, match="“disk”"):
        take(folder, target, bounds(), strict=True, apart=apart)


def test_a_file_with_another_name_elsewhere_is_copied(
    folder: Path, target: Path, apart: bool
) -> None:
    (folder / "a").write_bytes(b"one")
    os.link(folder / "a", folder.parent / "kept-open")
    take(folder, target, bounds(), strict=True, apart=apart)
    (folder.parent / "kept-open").write_bytes(b"two")
    assert (target / "a").read_bytes() == b"one"
    assert (target / "a").stat().st_nlink == 1


def test_a_folder_that_somebody_has_open_is_no_way_into_what_was_taken(
    folder: Path, target: Path, apart: bool
) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "b").write_bytes(b"b")
    held = os.open(folder / "a", os.O_RDONLY)
    try:
        take(folder, target, bounds(), strict=True, apart=apart)
        with suppress(FileNotFoundError):
            os.symlink("/etc/passwd", "planted", dir_fd=held)
    finally:
        os.close(held)
    assert [file.name for file in (target / "a").iterdir()] == ["b"]


def test_rights_are_not_taken(folder: Path, target: Path, apart: bool) -> None:
    (folder / "program").write_bytes(b"x")
    (folder / "program").chmod(0o6755)
    (folder / "closed").write_bytes(b"x")
    (folder / "closed").chmod(0o000)
    take(folder, target, bounds(), strict=True, apart=apart)
    assert (target / "program").stat().st_mode & 0o7777 == 0o755
    assert (target / "closed").stat().st_mode & 0o7777 == 0o600


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Bounds(files=3, size=ENOUGH), "too many files"),
        (Bounds(files=ENOUGH, size=3), "too many bytes"),
        (Bounds(files=ENOUGH, size=ENOUGH, depth=3), "too deep"),
    ],
)
def test_there_is_a_bound(
    folder: Path, target: Path, limits: Bounds, why: str, apart: bool
) -> None:
    (folder / "1" / "2" / "3" / "4").mkdir(parents=True)
    (folder / "1" / "file").write_bytes(b"1234")
    with pytest.raises(NotPlainError, match=why):
        take(folder, target, limits, strict=True, apart=apart)


def test_a_file_that_somebody_has_open_is_not_the_one_that_was_taken(
    folder: Path, target: Path
) -> None:
    (folder / "a").write_bytes(b"one")
    held = os.open(folder / "a", os.O_RDWR)
    try:
        take(folder, target, bounds(), strict=True, apart=True)
        os.write(held, b"two")
    finally:
        os.close(held)
    assert (target / "a").read_bytes() == b"one"
    assert not (folder / "a").exists()


@pytest.mark.parametrize(("was", "becomes"), [("file", "file"), ("folder", ".")])
def test_a_link_that_takes_the_place_of_what_was_looked_at_is_not_followed(
    folder: Path,
    target: Path,
    secret: Path,
    monkeypatch: pytest.MonkeyPatch,
    apart: bool,
    was: str,
    becomes: str,
) -> None:
    place, look = folder / "it", os.lstat
    if was == "folder":
        place.mkdir()
    else:
        place.touch()

    def look_and_swap(name: str, *, dir_fd: int) -> os.stat_result:
        found = look(name, dir_fd=dir_fd)
        if not place.is_symlink():
            place.rename(folder.parent / "away")
            place.symlink_to(secret / becomes)
        return found

    monkeypatch.setattr(os, "lstat", look_and_swap)
    with pytest.raises((NotPlainError, OSError)):
        take(folder, target, bounds(), strict=True, apart=apart)
    assert not [file for file in target.rglob("*") if not file.is_dir()]
    assert (secret / "file").read_bytes() == SECRET


def test_a_file_with_holes_takes_no_more_room_where_it_is_copied(
    folder: Path, target: Path
) -> None:
    with (folder / "a").open("wb") as file:
        file.write(b"begins")
        file.seek(2**30)
        file.write(b"ends")
        file.truncate(2**31)
    take(folder, target, Bounds(1, 2**31), strict=True, apart=True)
    found = (target / "a").stat()
    assert found.st_size == 2**31
    assert found.st_blocks * 512 < 2**20
    with (target / "a").open("rb") as file:
        assert file.read(8) == b"begins\0\0"
        file.seek(2**30)
        assert file.read(5) == b"ends\0"


def test_a_file_that_grows_without_end_is_copied_as_it_was(
    folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a").write_bytes(b"1234")
    read_some = os.pread

    def and_write_more(descriptor: int, most: int, place: int) -> bytes:
        with (folder / "a").open("ab") as file:
            file.write(bytes(most))
        return read_some(descriptor, most, place)

    monkeypatch.setattr(os, "pread", and_write_more)
    take(folder, target, bounds(), strict=True, apart=True)
    assert (target / "a").read_bytes() == b"1234"


@pytest.fixture
def deep(folder: Path) -> Path:
    """A folder in a folder, and so on: deeper than Python can call itself, or a path can be."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(3000):
            Path("d").mkdir()
            os.chdir("d")
        Path("file").touch()
    finally:
        os.chdir(here)
    return folder


def test_however_deep_it_is_it_can_be_deleted(deep: Path, secret: Path) -> None:
    (deep / "linked").symlink_to(secret)
    (deep / "d" / "linked").symlink_to(secret)
    delete(deep)
    assert not deep.exists()
    assert (secret / "file").read_bytes() == SECRET
    delete(deep)


def test_a_folder_can_be_emptied(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "c").touch()
    (folder / "d").touch()
    empty(folder)
    assert list(folder.iterdir()) == []
