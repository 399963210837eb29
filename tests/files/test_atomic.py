"""tests of files/: what is written is there whole, or not at all."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from optimizer.files.atomic import made_atomically, settle, write_atomically, written_atomically
from optimizer.techniques.training import history
from optimizer.techniques.training.history import Moment

FULL = OSError(28, "No space left on device")


class BrokenOffError(Exception):
    """What ends a write in the middle."""


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes no byte for good, as one that is full."""

    def refuse(descriptor: int) -> None:
        raise FULL

    monkeypatch.setattr(os, "fsync", refuse)


def moment(step: int) -> Moment:
    return Moment(step, step / 10, 0.5, 0.9, None, None, None, 0.001)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_the_old_content_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_stream_takes_its_name_only_once_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with written_atomically(path) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"half"
    with suppress(BrokenOffError), written_atomically(path) as file:
        file.write(b"other")
        raise BrokenOffError
    assert path.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "saved_model"
    with suppress(BrokenOffError), made_atomically(folder) as beside:
        (beside / "first").write_bytes(b"1")
        raise BrokenOffError
    assert not list(tmp_path.iterdir())
    with made_atomically(folder) as beside:
        (beside / "first").write_bytes(b"1")
        assert not folder.exists()
    assert [file.name for file in folder.iterdir()] == ["first"]


def test_what_a_kill_left_of_a_folder_is_not_in_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "saved_model"
    killed = made_atomically(folder)
    (killed.__enter__() / "stale").touch()  # and never left
    with made_atomically(folder) as beside:
        (beside / "fresh").touch()
    assert [file.name for file in folder.iterdir()] == ["fresh"]


def test_what_was_written_takes_the_place_of_what_had_its_name(tmp_path: Path) -> None:
    written, path = tmp_path / "written", tmp_path / "kept"
    written.write_bytes(b"new")
    path.write_bytes(b"old")
    settle(written, path)
    assert path.read_bytes() == b"new"
    assert not written.exists()


@pytest.mark.usefixtures("full_disk")
def test_a_training_that_cannot_be_resumed_keeps_its_curves(tmp_path: Path) -> None:
    for step in range(3):
        history.append(tmp_path, moment(step))
    with pytest.raises(OSError, match="No space"):
        history.rewrite(tmp_path, [moment(0)])
    assert history.read(tmp_path) == [moment(step) for step in range(3)]


def test_a_resumed_training_forgets_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    for step in range(3):
        history.append(tmp_path, moment(step))
    history.rewrite(tmp_path, [moment(0), moment(1)])
    history.append(tmp_path, moment(5))
    assert [one.step for one in history.read(tmp_path)] == [0, 1, 5]
