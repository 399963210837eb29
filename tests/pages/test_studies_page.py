"""tests of pages/: the Studies page."""

from collections.abc import Iterator

import pytest

from dashboard import page_files
from dashboard.state import session
from dashboard.tables.study_table import matching, studies, study_names
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.labels import label
from optimizer.store.study import Study
from tests.pages.conftest import Visit, press, texts


@pytest.fixture
def copied(scheduler: Scheduler, results: Study) -> Iterator[Study]:
    """A copy that a test may change; deleted afterwards, if it still is."""
    study = scheduler.library.duplicate(results)
    yield study
    if scheduler.library.has(study.index.id):
        scheduler.library.delete(study.index.id)


def test_the_study_of_the_session_is_shown_and_opened(visit: Visit, copied: Study) -> None:
    app = visit(page_files.STUDIES, copied)
    assert app.subheader[0].value == "tiny (copy)"
    assert "the model as it came: no other file is proved yet" in texts(app)
    press(app, "Open")
    assert app.title[0].value != "Studies"
    assert not app.exception


def test_title_tags_and_note_are_saved(visit: Visit, copied: Study) -> None:
    app = visit(page_files.STUDIES, copied)
    title = next(field for field in app.text_input if field.label == "Title")
    title.input("Camera")
    app.text_area[0].input("For the doorbell.")
    press(app, "Save")
    assert (copied.index.labels.title, copied.index.labels.note) == ("Camera", "For the doorbell.")
    assert app.subheader[0].value == "Camera"


def test_a_study_is_duplicated(visit: Visit, copied: Study, scheduler: Scheduler) -> None:
    before = set(scheduler.library.ids())
    press(visit(page_files.STUDIES, copied), "Duplicate")
    (new,) = set(scheduler.library.ids()) - before
    assert scheduler.library.open(new).index.name == "tiny (copy) (copy)"
    scheduler.library.delete(new)


def test_a_study_is_deleted_only_once_that_is_confirmed(
    visit: Visit, copied: Study, scheduler: Scheduler
) -> None:
    app = visit(page_files.STUDIES, copied)
    press(app, "Delete …")
    assert "will be gone for good" in texts(app)
    assert scheduler.library.has(copied.index.id)
    press(app, "Delete it")
    assert not scheduler.library.has(copied.index.id)
    assert session.PARAMETER not in app.query_params
    assert not app.exception


def test_a_session_whose_study_somebody_deleted_is_told(
    visit: Visit, copied: Study, scheduler: Scheduler
) -> None:
    app = visit(page_files.COMPARE, copied)
    scheduler.library.delete(copied.index.id)
    app.run()
    assert not app.exception
    assert "was deleted" in texts(app)


def test_every_word_has_to_be_in_a_study_that_is_found(
    copied: Study, results: Study, scheduler: Scheduler
) -> None:
    label(copied, title="Camera", tags=["Doorbell"])
    listed = scheduler.library.listing()
    assert [one.id for one in matching(listed, "DOOR camera float16")] == [copied.index.id]
    assert matching(listed, "doorbell nowhere") == []
    assert results.index.id in [one.id for one in matching(listed, "float16")]
    table = studies(matching(listed, "doorbell"), {copied.index.id: 1_500_000})
    row = table.iloc[0].to_dict()
    assert (row["Name"], row["Variants"], row["On disk"], row["Tags"]) == (
        "Camera", len(copied.index.variants), 1.5, ["Doorbell"],
    )  # fmt: skip


def test_studies_of_one_name_and_day_can_be_told_apart(copied: Study, scheduler: Scheduler) -> None:
    other = scheduler.library.duplicate(copied)
    label(other, title=copied.index.name)
    names = study_names(scheduler.library.listing())
    scheduler.library.delete(other.index.id)
    assert len(set(names.values())) == len(names)
    assert names[copied.index.id].endswith(copied.index.id)
