"""tests of pages/: a study of which something is missing or damaged says so, and the rest works."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import page_files
from dashboard.state import selection
from optimizer.choose.choice import choose
from optimizer.choose.comparison import compare
from optimizer.choose.proofs import Answer
from optimizer.export.results import results as exported
from optimizer.files import locks
from optimizer.files.digest import digest
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.limits import Limits
from optimizer.store.records import Status, Variant
from optimizer.store.study import LOCK, Study
from optimizer.store.wholeness import is_whole
from tests.levels import some
from tests.pages.conftest import Visit, copy_of, texts
from tests.pages.test_compare_page import get

INT8 = "int8(calibration_samples=5)"
PAGES = (page_files.MODEL, page_files.DATA, page_files.OPTIMIZE, page_files.COMPARE,
         page_files.INSPECT)  # fmt: skip


def missing(file: Path) -> None:
    file.unlink()


def truncated(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def foreign(file: Path) -> None:
    file.write_bytes(b'{"a": [1, 2, "\xff"]}')


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


WHAT: dict[str, Callable[[Variant], str | None]] = {
    "file": lambda made: made.file,
    "predictions": lambda made: made.predictions,
    "audit": lambda made: made.audit,
    "inside": lambda made: made.inside,
    "profile": lambda made: made.profile,
}
HOW = (missing, truncated, foreign, a_folder)
DAMAGES = [(what, how) for what in WHAT for how in HOW]
QUICK = [("file", missing), ("predictions", truncated), ("audit", foreign), ("profile", a_folder)]


@pytest.mark.parametrize(
    ("what", "how"), some(DAMAGES, quick=QUICK), ids=lambda one: getattr(one, "__name__", one)
)
@pytest.mark.parametrize("recipe", some([INT8, "float32"], quick=[INT8]))
def test_what_is_damaged_of_a_variant_is_said_in_a_sentence_and_every_page_works(
    visit: Visit, scheduler: Scheduler, results: Study, what: str, how: Callable[[Path], None],
    recipe: str,
) -> None:  # fmt: skip
    study = copy_of(results, scheduler, f"{what}-{how.__name__}-{parse(recipe).slug}")
    made = study.variant(recipe)
    assert made
    place = WHAT[what](made)
    if place is None:  # the profiler of these tests' short runs may have nothing to tell
        assert what == "profile"
        return
    how(study.folder / place)
    for page in PAGES:
        app = visit(page, study)
        if page == page_files.COMPARE:
            assert len(app.dataframe[0].value) == 3
            app.session_state[selection.SELECTED] = recipe
            app.run()
            assert not app.exception
        for shown in (*app.error, *app.warning):
            assert "unexpected" not in shown.value
            assert "Traceback" not in shown.value
    json.dumps(exported(study))


def test_a_link_to_a_file_that_is_gone_gives_one_sentence(
    scheduler: Scheduler, results: Study
) -> None:
    study = copy_of(results, scheduler, "linked")
    made = study.variant(INT8)
    assert made
    (study.folder / made.file).unlink()
    response = get(f"/files/{study.index.id}/{INT8}")
    assert response.status_code == 404
    assert bytes(response.body).decode() == (
        "The file is gone from the study’s folder. Run its recipe again."
    )


def test_what_is_damaged_is_made_again_when_its_recipe_is_run_and_what_is_whole_is_not(
    scheduler: Scheduler, results: Study
) -> None:
    study = copy_of(results, scheduler, "again")
    made = study.variant(INT8)
    assert made
    truncated(study.folder / made.file)
    truncated(study.folder / made.predictions)
    started = scheduler.start(study, [parse(INT8), parse("float16")])
    scheduler.wait(study)
    [job] = [job for job in study.index.jobs if job.id in started]
    assert (job.recipe, job.status) == (INT8, Status.DONE)
    again = study.variant(INT8)
    assert again
    assert digest(study.folder / again.file) == again.sha256 == made.sha256
    assert is_whole(study.folder, again)
    assert scheduler.start(study, [parse(INT8), parse("float16")]) == []


def test_what_is_lost_with_damaged_predictions_is_said_and_nothing_is_proved_of_it(
    visit: Visit, scheduler: Scheduler, results: Study
) -> None:
    study = copy_of(results, scheduler, "unproved")
    made = study.variant(INT8)
    assert made
    truncated(study.folder / made.predictions)
    rows = {row.variant.recipe: row for row in compare(study)}
    name = Path(made.predictions).name
    assert rows[INT8].verdict.startswith(f"{name} is missing or damaged")
    for recipe, known in ((INT8, False), ("float16", True)):
        difference = rows[recipe].difference
        assert difference
        assert (difference.value is not None) is known
    assert choose(study, Limits()).of(INT8).loss.verdict is Answer.OPEN
    app = visit(page_files.COMPARE, study)
    app.session_state[selection.SELECTED] = INT8
    app.run()
    assert name in texts(app)


def test_a_study_that_another_server_has_open_says_so_and_the_others_work(
    visit: Visit, scheduler: Scheduler, results: Study
) -> None:
    folder = scheduler.library.home / "elsewhere"
    shutil.copytree(results.folder, folder)
    theirs = locks.take(folder / LOCK)
    [error] = visit(page_files.MODEL, "elsewhere").error
    assert error.value == ("Another process has the study elsewhere open. Close it there first.")
    assert not visit(page_files.COMPARE, results).error
    os.close(theirs)
    assert not visit(page_files.COMPARE, "elsewhere").error


def test_a_folder_that_was_copied_is_said_to_be_one(
    visit: Visit, scheduler: Scheduler, results: Study
) -> None:
    shutil.copytree(results.folder, scheduler.library.home / "copied")
    for study, copied in ((results, False), ("copied", True)):
        said = "".join(shown.value for shown in visit(page_files.DATA, study).info)
        assert (f"study.json says “{results.index.id}”" in said.replace("\\", "")) is copied
