"""tests of store/: a study folder survives whatever happens to the process that writes it."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import DataError, StudyError
from optimizer.files.atomic import write_atomically
from optimizer.store.library import Library, new_id
from optimizer.store.records import Job, ModelRecord, Status, StudyIndex
from optimizer.store.schema import SCHEMA
from optimizer.store.study import INDEX, Study, read_index
from tests.jobs.disk import FULL, READ_ONLY, Disk, Fault, watched
from tests.jobs.kills import check, kills_of
from tests.refused import refused
from tests.summaries import summary
from tests.variants import dataset

ROOT = Path(__file__).parents[2]
KILLS = 100


def model_record() -> ModelRecord:
    return ModelRecord(
        summary=replace(summary(), name="Tiny Net"),
        digest="d",
        file="model/m.keras",
        saved_model="model/saved_model",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study without data and jobs, closed."""
    path = tmp_path / "tiny-1"
    path.mkdir()
    Study.create(path, StudyIndex(id="tiny-1", model=model_record())).close()
    return path


# ---- killed ----------------------------------------------------------------------------------


def test_a_study_reopens_after_a_kill_at_any_moment(folder: Path) -> None:
    check(kills_of(folder, KILLS))


def test_a_reader_sees_the_old_content_or_the_new_and_nothing_between(tmp_path: Path) -> None:
    path = tmp_path / "index"
    contents = [bytes([letter]) * 2_000_000 for letter in b"ab"]
    write_atomically(path, contents[0])
    script = (
        "import sys; from pathlib import Path\n"
        "from optimizer.store.study import write_atomically\n"
        "for i in range(60): write_atomically(Path(sys.argv[1]), b'ba'[i % 2:][:1] * 2_000_000)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT)
    seen = set()
    while writer.poll() is None:
        content = path.read_bytes()
        assert content in contents
        seen.add(content[:1])
    assert writer.returncode == 0
    assert seen == {b"a", b"b"}


@pytest.mark.parametrize("status", list(Status), ids=lambda status: str(status.value))
def test_what_ran_is_interrupted_and_what_had_ended_stays(folder: Path, status: Status) -> None:
    study = Study(folder)
    study.add_job(Job(id="job", recipe="int8", status=status))
    study.close()
    again = Study(folder)
    [job] = again.index.jobs
    again.close()
    assert job.status is (Status.INTERRUPTED if status.active else status)
    assert (job.ended is not None) is status.active
    assert read_index(folder).jobs == (job,)


# ---- two processes ---------------------------------------------------------------------------


def test_a_second_process_is_refused_until_the_first_lets_go(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from optimizer.store.study import Study\n"
        "try: Study(Path(sys.argv[1]))\nexcept Exception as e: print(type(e).__name__, e)\n"
        "else: print('opened')\n"
    )

    def second_process() -> str:
        return subprocess.run(
            [sys.executable, "-c", script, str(folder)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip

    study = Study(folder)
    assert second_process() == (
        "StudyError Another process has the study tiny-1 open. Close it there first."
    )
    study.close()
    assert second_process() == "opened"


def test_what_another_process_is_writing_is_not_read(folder: Path) -> None:
    """Its last change would be lost if the index were read before the lock is had."""
    study = Study(folder)
    (folder / INDEX).write_bytes(b"being written")
    with refused(StudyError, "Another process has the study"):
        Study(folder)
    study.close()


# ---- damaged ---------------------------------------------------------------------------------


def damaged_indices(index: dict[str, Any]) -> dict[str, tuple[bytes, str]]:
    """What may stand in the place of an index, and what is said of it."""
    text = json.dumps(index).encode()
    numbers = {
        "no number": (None, "schema_version is nothing, expected a whole number from 1"),
        "a number in quotes": (str(SCHEMA), f"schema_version is '{SCHEMA}', expected a whole"),
        "a negative number": (-1, "schema_version is -1, expected"),
        "no whole number": (1.0, "schema_version is 1.0, expected"),
        "zero": (0, "schema_version is 0, expected"),
        "yes": (True, "schema_version is True, expected"),
        "null": ("null", "schema_version is 'null', expected"),
        "an endless number": ("9" * 9999, "schema_version is '999"),
    }
    others = {name: value for name, value in index.items() if name != "schema_version"}
    return {
        "empty": (b"", "it is not JSON"),
        "truncated": (text[: len(text) // 2], "it is not JSON"),
        "zeros": (bytes(100), "it is not JSON"),
        "nested without end": (b"[" * 100_000, "it is not JSON"),
        "not an index": (b"[1, 2]", "it holds no object"),
        "a field too many": (
            json.dumps({**index, "surprise": 1}).encode(), "surprise: Extra inputs are not",
        ),
        "a field too few": (
            json.dumps({**index, "model": {}}).encode(), "model.summary: Field required",
        ),
        "bytes": (b"\xff\xfe\x00", "it is not JSON"),
        "an older number than it has": (
            json.dumps({**others, "jobs": [1], "schema_version": 1}).encode(),
            "it does not hold what schema 1 has",
        ),
    } | {
        name: (
            json.dumps(others if number is None else {**others, "schema_version": number}).encode(),
            said,
        )
        for name, (number, said) in numbers.items()
    }  # fmt: skip


@pytest.mark.parametrize("damage", damaged_indices({}))
def test_a_damaged_index_is_refused_and_left_as_it_is(folder: Path, damage: str) -> None:
    content, said = damaged_indices(json.loads((folder / INDEX).read_text()))[damage]
    (folder / INDEX).write_bytes(content)
    for _ in range(2):  # a refusal leaves no lock behind
        with refused(StudyError, str(folder), INDEX, "damaged", said, "Put back a copy"):
            Study(folder)
    assert (folder / INDEX).read_bytes() == content


@pytest.mark.parametrize("beyond", [{}, {"jobs": "of another kind"}], ids=["alike", "different"])
def test_a_study_of_a_newer_version_says_so(folder: Path, beyond: dict[str, str]) -> None:
    """Whatever else it holds: only the number is read."""
    index = json.loads((folder / INDEX).read_text())
    content = json.dumps({**index, "schema_version": SCHEMA + 1, "new": 1, **beyond}).encode()
    (folder / INDEX).write_bytes(content)
    with refused(
        StudyError, f"written by a newer Liteweigh (schema {SCHEMA + 1}; this one reads up to "
        f"{SCHEMA})", "Update Liteweigh",
    ):  # fmt: skip
        Study(folder)
    assert (folder / INDEX).read_bytes() == content


def test_an_index_begins_with_its_number(folder: Path) -> None:
    """So that whoever looks into the file, or reads only its beginning, finds it."""
    assert (folder / INDEX).read_text().startswith(f'{{\n "schema_version": {SCHEMA},\n')


@pytest.mark.parametrize("exists", [False, True], ids=["no folder", "empty folder"])
def test_a_folder_without_a_study_is_refused(tmp_path: Path, exists: bool) -> None:
    path = tmp_path / "none"
    if exists:
        path.mkdir()
    with refused(StudyError, f"no study in {path}", INDEX, "Choose a study's folder"):
        Study(path)
    assert not exists or not list(path.iterdir())


def test_a_study_without_data_says_so(folder: Path) -> None:
    study = Study(folder)
    with refused(StudyError, "no data yet", "Data page"):
        _ = study.data_folder
    study.close()


def test_classes_can_be_named_and_the_names_are_kept(folder: Path) -> None:
    with closing(Study(folder)) as study:
        study.update(lambda index: index.model_copy(update={"dataset": dataset()}))
        study.name_classes(("cat", "dog", "emu"))
        with refused(DataError, "there are"):
            study.name_classes(("cat",))
    named = read_index(folder).dataset
    assert named is not None
    assert named.class_names == ("cat", "dog", "emu")


def test_a_folder_that_was_copied_or_renamed_is_a_study_of_its_new_name(folder: Path) -> None:
    """Jobs, addresses and what is remembered of a study go by its name."""
    original = Study(folder)
    assert original.note is None
    original.close()
    copy = Study(Path(shutil.copytree(folder, folder.with_name("tiny-2"))))
    assert copy.note == (
        "The folder of this study was copied or renamed: its study.json says “tiny-1”. It is "
        "called “tiny-2” now, as its folder is."
    )
    renamed = Study(folder.rename(folder.with_name("größer als 1")))
    assert (copy.index.id, renamed.index.id) == ("tiny-2", "größer als 1")
    assert json.loads((copy.folder / INDEX).read_text())["id"] == "tiny-2"
    assert copy.index.model_copy(update={"id": ""}) == renamed.index.model_copy(update={"id": ""})
    copy.close()
    again = Study(copy.folder)
    assert again.note is None, "it has been said, and its file says its name now"
    again.close()
    renamed.close()


# ---- library ---------------------------------------------------------------------------------


def make_study(library: Library) -> Study:
    staging = library.staging()
    (staging / "model").mkdir()
    (staging / "model" / "m.keras").write_bytes(b"model")
    record = model_record()
    return library.adopt(staging, record, new_id(record.summary.name))


def test_studies_are_listed_by_when_they_changed_last(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    assert library.ids() == []
    studies = [make_study(library) for _ in range(3)]
    studies[1].add_job(Job(id="job", recipe="int8"))
    ids = [study.index.id for study in studies]
    assert library.ids()[0] == ids[1]
    assert set(library.ids()) == set(ids)
    assert all(study_id.startswith("tiny-net-") for study_id in ids)
    library.close()


def test_a_study_is_opened_once_a_process(tmp_path: Path) -> None:
    library = Library(tmp_path)
    study = make_study(library)
    assert library.open(study.index.id) is study
    library.close()
    again = library.open(study.index.id)
    assert again.index == study.index
    library.close()


@pytest.mark.parametrize("study_id", ["none", "", "../other", "/etc", ".staging"])
def test_an_id_that_names_no_study_is_refused(tmp_path: Path, study_id: str) -> None:
    library = Library(tmp_path / "home")
    make_study(library)
    with refused(StudyError, f"no study “{study_id}”", "choose another or start a new one"):
        library.open(study_id)
    library.close()


def test_a_copy_has_the_model_and_the_data_but_no_jobs_and_no_variants(tmp_path: Path) -> None:
    library = Library(tmp_path)
    study = make_study(library)
    study.add_job(Job(id="job", recipe="int8"))
    (study.folder / "data" / "x.npy").write_bytes(b"data")
    copy = library.copy(study, lambda _: None)
    assert copy.index.id != study.index.id
    assert copy.index.created > study.index.created
    assert (copy.index.jobs, copy.index.variants) == ((), ())
    assert (copy.folder / "model" / "m.keras").read_bytes() == b"model"
    assert (copy.folder / "data" / "x.npy").read_bytes() == b"data"
    assert len(study.index.jobs) == 1
    library.close()


def test_a_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    library = Library(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with refused(StudyError, "mine", "not a study", "Choose another folder"):
        library.adopt(library.staging(), model_record(), "mine")
    assert (tmp_path / "mine" / "letter.txt").exists()


# ---- a disk that takes nothing ---------------------------------------------------------------


def test_how_a_job_ended_is_known_on_a_full_disk_and_follows_on_the_disk(tmp_path: Path) -> None:
    disk = Disk(tmp_path, paused=True)
    with watched(disk):
        library = Library(tmp_path / "home")
        study = make_study(library)
        study.add_job(Job(id="job", recipe="int8", status=Status.RUNNING))
        disk.fault, disk.paused = FULL, False
        study.set_job("job", status=Status.FAILED)
        assert study.index.jobs[0].status is Status.FAILED
        assert study.trouble
        assert "not on disk yet" in study.trouble
        assert "Free some space" in study.trouble
        assert read_index(study.folder).jobs[0].status is Status.RUNNING
        disk.lift()
        again = library.open(study.index.id)
        assert again is study
        assert again.trouble is None
        assert read_index(study.folder) == study.index
        library.close()


@pytest.mark.parametrize("fault", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_a_study_can_be_looked_at_on_a_disk_that_takes_nothing(folder: Path, fault: Fault) -> None:
    """Also if a job of it was killed, of which the index does not know yet."""
    study = Study(folder)
    study.add_job(Job(id="job", recipe="int8", status=Status.RUNNING))
    study.close()
    with watched(Disk(folder.parent, fault)):
        library = Library(folder.parent)
        study = library.open("tiny-1")
        assert study.index.jobs[0].status is Status.INTERRUPTED
        with pytest.raises(OSError, match=os.strerror(fault.error)):
            study.add_job(Job(id="another", recipe="int8"))
        assert [job.id for job in study.index.jobs] == ["job"]
        library.close()


def test_opening_a_study_in_which_nothing_changed_writes_nothing(folder: Path) -> None:
    """Lists are in the order of what changed last, and a full disk is no reason not to look."""
    disk = Disk(folder.parent)
    with watched(disk):
        Study(folder).close()
    assert disk.seen == [f"open /{folder.name}/.lock"]
