"""tests of store/: what is written on a study, and the list of all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.errors import StudyError
from optimizer.store.labels import label
from optimizer.store.library import Library
from optimizer.store.listing import bytes_on_disk
from optimizer.store.records import Job, Labels, Status
from optimizer.store.study import INDEX, read_index
from tests.refused import refused
from tests.variants import study, variant

MB = 2**20


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """With one study of two variants, called tiny."""
    made = study(tmp_path / "tiny", variant("float32"), variant("int8", size_bytes=10))
    for one in made.index.variants:
        (tmp_path / "tiny" / one.file).write_bytes(bytes(MB))
    (tmp_path / "tiny" / "model").mkdir(exist_ok=True)
    (tmp_path / "tiny" / "data").mkdir(exist_ok=True)
    made.close()
    library = Library(tmp_path)
    yield library
    library.close()


def test_what_is_written_on_a_study_is_kept_and_names_it(library: Library) -> None:
    tiny = library.open("tiny")
    was = tiny.index.name
    label(tiny, title="  Camera,\nsecond  try ", tags=["b", " a ", "b", ""], note=" why\n")
    kept = Labels(title="Camera, second try", note="why", tags=("b", "a"))
    assert read_index(library.home / "tiny").labels == kept
    assert library.listing()[0].name == "Camera, second try"
    label(tiny, title="")
    assert tiny.index.name == was
    assert tiny.index.labels.tags == ("b", "a")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"title": "x" * 101}, "title has at most 100 characters, and this has 101"),
        ({"note": "x" * 2001}, "note has at most 2,000 characters, and this has 2,001"),
        ({"tags": ["x" * 31]}, "tag has at most 30 characters, and this has 31"),
        ({"tags": map(str, range(11))}, "at most 10 tags, and these are 11"),
    ],
)
def test_too_much_is_refused_and_nothing_is_changed(
    library: Library, written: dict[str, object], said: str
) -> None:
    tiny = library.open("tiny")
    with refused(StudyError, said):
        label(tiny, **{"title": "new", **written})  # type: ignore[arg-type]
    assert tiny.index.labels == Labels()


def test_a_list_tells_of_each_study_also_of_one_that_cannot_be_read(library: Library) -> None:
    broken = library.home / "broken"
    broken.mkdir()
    (broken / INDEX).write_text("{")
    os.utime(broken / INDEX, (0, 0))
    tiny, last = library.listing()
    assert tiny.smallest
    assert (tiny.id, tiny.smallest.recipe, tiny.trouble) == ("tiny", "int8", None)
    assert (last.id, last.name, last.index, last.smallest) == ("broken", "broken", None, None)
    assert last.trouble
    assert "damaged" in last.trouble


def test_a_list_shows_what_has_changed_since(library: Library) -> None:
    before = library.listing()
    label(library.open("tiny"), title="new")
    assert [one.name for one in (*before, *library.listing())][1:] == ["new"]


def test_a_copy_has_the_variants_and_shares_the_files(library: Library) -> None:
    tiny = library.open("tiny")
    tiny.add_job(Job(id="done", recipe="int8", status=Status.DONE))
    own = bytes_on_disk(tiny.folder)
    assert own >= 2 * MB
    copied = library.duplicate(tiny)
    assert copied.index.variants == tiny.index.variants
    assert copied.index.jobs == ()
    assert copied.index.name == f"{tiny.index.name} (copy)"
    for one in copied.index.variants:
        assert (copied.folder / one.file).samefile(tiny.folder / one.file)
    assert bytes_on_disk(tiny.folder) < own - MB
    library.delete("tiny")
    assert bytes_on_disk(copied.folder) >= 2 * MB
    assert [one.id for one in library.listing()] == [copied.index.id]


def test_a_study_is_deleted_whole_and_its_name_is_free(library: Library) -> None:
    library.open("tiny")
    library.delete("tiny")
    assert not (library.home / "tiny").exists()
    with pytest.raises(StudyError, match="no study “tiny”"):
        library.open("tiny")
    study(library.home / "tiny").close()
    assert library.open("tiny").index.variants == ()
    library.close()
    assert sorted(entry.name for entry in library.home.iterdir()) == ["tiny"]


def test_a_study_with_jobs_at_work_is_not_deleted(library: Library) -> None:
    tiny = library.open("tiny")
    tiny.add_job(Job(id="job", recipe="int8", status=Status.RUNNING))
    with refused(StudyError, "has jobs at work", "Cancel them first"):
        library.delete("tiny")
    assert library.open("tiny") is tiny


def test_a_study_that_another_process_has_open_is_not_deleted(library: Library) -> None:
    other = Library(library.home)
    other.open("tiny")
    with pytest.raises(StudyError):
        library.delete("tiny")
    assert (library.home / "tiny" / INDEX).exists()
    other.close()
