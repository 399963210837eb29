"""tests of workers/: what goes into a worker's folders, and what comes back."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

import pytest

from optimizer.errors import JobError
from optimizer.files import clone
from optimizer.reporting import Report
from optimizer.workers import handover
from optimizer.workers.cell import Cell, Cells, recover
from optimizer.workers.handover import hand_over, take_back
from tests.refused import refused
from tests.workers.tasks import Light


@dataclass(frozen=True)
class Nested:
    file: Path
    others: Mapping[str, Path]


@dataclass(frozen=True)
class Reads(Light[Path]):
    folder: Path
    nested: Nested
    pairs: tuple[tuple[str, Path | None], ...] = ()

    def run(self, report: Report) -> Path:
        raise NotImplementedError


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    return Cell.made(tmp_path / "cell")


@pytest.fixture
def work(tmp_path: Path) -> Reads:
    """A task that reads a folder and two files, of which one is not there."""
    place = tmp_path / "study"
    (place / "folder" / "inner").mkdir(parents=True)
    (place / "folder" / "inner" / "a.npy").write_bytes(b"a")
    (place / "file.tflite").write_bytes(b"f")
    out = place / "out"
    (out / "training").mkdir(parents=True)
    (out / "training" / "state").write_bytes(b"3 epochs")
    return Reads(
        out, place / "folder", Nested(place / "file.tflite", {"gone": place / "gone"}),
        (("state", out / "training" / "state"), ("none", None)),
    )  # fmt: skip


def never() -> bool:
    return False


def test_a_worker_gets_the_same_files_under_the_same_names_in_folders_of_its_own(
    cell: Cell, work: Reads
) -> None:
    handed = hand_over(work, cell, never)
    theirs = handed.work
    assert isinstance(theirs, Reads)
    assert all(path.is_relative_to(cell.inbox) for path in theirs.reads)
    assert (theirs.folder.name, theirs.nested.file.name) == ("folder", "file.tflite")
    assert (theirs.folder / "inner" / "a.npy").read_bytes() == b"a"
    assert theirs.nested.file.samefile(work.nested.file), "linked, not copied"
    assert not theirs.nested.others["gone"].exists()
    assert theirs.out.is_relative_to(cell.outbox)
    assert theirs.pairs == (("state", theirs.out / "training" / "state"), ("none", None))
    assert (theirs.out / "training" / "state").read_bytes() == b"3 epochs"
    assert {handed.paths[path] for path in theirs.reads} == set(work.reads)
    assert handed.paths[theirs.out] == work.out


def test_what_it_made_comes_back_and_nothing_stays(cell: Cell, work: Reads) -> None:
    handed = hand_over(work, cell, never)
    (handed.out / "made").mkdir()
    (handed.out / "made" / "model.tflite").write_bytes(b"m")
    (handed.out / "work").mkdir()
    (handed.out / "work" / "temporary").touch()
    take_back(handed, cell)
    left = {str(file.relative_to(work.out)) for file in work.out.rglob("*")}
    assert left == {"made", "made/model.tflite", "training", "training/state"}
    assert list(cell.inbox.iterdir()) == []
    assert list(cell.outbox.iterdir()) == []
    again = hand_over(work, cell, never)
    assert again.work.reads != handed.work.reads or again.out != handed.out


def test_a_link_comes_back_as_an_error_and_is_not_there(cell: Cell, work: Reads) -> None:
    handed = hand_over(work, cell, never)
    (handed.out / "variant.tflite").symlink_to("/etc/passwd")
    with refused(JobError, "left “variant.tflite”, which is no plain file", "nothing of it"):
        take_back(handed, cell)
    assert not list(work.out.glob("variant*"))
    assert not list(cell.outbox.iterdir())


def test_an_input_that_is_written_to_meanwhile_is_an_error(cell: Cell, work: Reads) -> None:
    handed = hand_over(work, cell, never)
    work.nested.file.write_bytes(b"other")
    with refused(JobError, "“file.tflite” was changed while the job read it", "run it again"):
        take_back(handed, cell)


def test_an_input_that_is_replaced_or_deleted_meanwhile_is_none(cell: Cell, work: Reads) -> None:
    handed = hand_over(work, cell, never)
    work.nested.file.rename(work.nested.file.with_name("kept"))
    work.nested.file.write_bytes(b"other")
    (work.folder / "inner" / "a.npy").unlink()
    assert isinstance(handed.work, Reads)
    assert handed.work.nested.file.read_bytes() == b"f"
    assert (handed.work.folder / "inner" / "a.npy").read_bytes() == b"a"
    take_back(handed, cell)


def test_links_of_the_user_are_followed_to_files_and_nowhere_else(
    cell: Cell, work: Reads, tmp_path: Path
) -> None:
    """People keep data sets as links; what a worker writes, they do not."""
    far = tmp_path / "far"
    far.mkdir()
    (far / "cat.png").write_bytes(b"cat")
    (work.folder / "cat.png").symlink_to(far / "cat.png")
    (work.folder / "loop").symlink_to(work.folder)
    os.mkfifo(work.folder / "pipe")
    handed = hand_over(work, cell, never)
    assert isinstance(handed.work, Reads)
    given = handed.work.folder
    assert {file.name for file in given.iterdir()} == {"inner", "cat.png"}
    assert (given / "cat.png").read_bytes() == b"cat"
    assert not (given / "cat.png").is_symlink()


def test_files_of_another_disk_are_copied(
    cell: Cell, work: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _refuse)
    handed = hand_over(work, cell, never)
    assert isinstance(handed.work, Reads)
    assert handed.work.nested.file.read_bytes() == b"f"
    assert not handed.work.nested.file.samefile(work.nested.file)
    take_back(handed, cell)


def _refuse(*_: object) -> None:
    raise OSError(18, "Invalid cross-device link")


def test_a_copy_shares_nothing_with_what_it_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    with (tmp_path / "a").open("rb") as source:
        clone.copy(source.fileno(), str(tmp_path / "b"), most=3)
        with pytest.raises(FileExistsError):
            clone.copy(source.fileno(), str(tmp_path / "b"), most=3)
    (tmp_path / "a").write_bytes(b"two")
    assert (tmp_path / "b").read_bytes() == b"one"


def test_a_folder_without_end_is_refused(
    cell: Cell, work: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "MOST_INPUTS", 1)
    with refused(JobError, f"There are too many files in {work.nested.file}", "Choose the folder"):
        hand_over(work, cell, never)
    assert (work.out / "training" / "state").exists()
    assert list(cell.inbox.iterdir()) == []


@pytest.mark.parametrize("calls", [1, 2])
def test_giving_is_stopped(cell: Cell, work: Reads, calls: int) -> None:
    answers = iter([False] * (calls - 1) + [True])
    with pytest.raises(CancelledError):
        hand_over(work, cell, lambda: next(answers))
    assert list(cell.inbox.iterdir()) == []
    assert (work.out / "training" / "state").exists()


def test_copying_is_stopped_amid_a_file(
    cell: Cell, work: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _refuse)
    work.nested.file.write_bytes(bytes(5 * 2**20))
    answers = iter([False] * 6 + [True])
    with pytest.raises(CancelledError):
        hand_over(work, cell, lambda: next(answers))
    assert next(answers, "asked seven times") == "asked seven times"


SERVER = """
import os, signal, sys
from pathlib import Path
from optimizer.workers.cell import Cells
out = Path(sys.argv[2])
cell = Cells(Path(sys.argv[1])).new()
inside = cell.open_for(out)
(inside / "made").write_text("a")
(inside / "link").symlink_to("/etc/passwd")
os.kill(os.getpid(), signal.SIGKILL)
"""


def _by_opening_the_study(workers: Path, out: Path) -> None:
    recover(out)


def _by_the_next_server(workers: Path, out: Path) -> None:
    Cells(workers).close()


@pytest.mark.parametrize("how", [_by_opening_the_study, _by_the_next_server])
def test_what_a_task_made_is_not_lost_with_its_server(
    tmp_path: Path, how: Callable[[Path, Path], None]
) -> None:
    workers, out = tmp_path / "workers", tmp_path / "out"
    (out / "training").mkdir(parents=True)
    (out / "training" / "state").write_bytes(b"3 epochs")
    subprocess.run(
        [sys.executable, "-c", SERVER, str(workers), str(out)],
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert not (out / "training").exists()
    how(workers, out)
    assert {file.name for file in out.iterdir()} == {"training", "made"}
    Cells(workers).close()
    assert not workers.exists()


def test_what_a_living_server_has_is_left_alone(tmp_path: Path) -> None:
    workers, out = tmp_path / "workers", tmp_path / "out"
    out.mkdir()
    first = Cells(workers)
    inside = first.new().open_for(out)
    (inside / "made").write_text("a")
    recover(out)
    Cells(workers).close()
    assert (inside / "made").exists()
    assert not (out / "made").exists()
    first.close()
    assert not workers.exists()
