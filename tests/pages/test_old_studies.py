"""tests of pages/: studies of earlier versions, and of later ones, beside today's."""

import json
import time

import pytest

from dashboard import page_files
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.records import Status
from optimizer.store.schema import SCHEMA
from optimizer.store.study import INDEX, Study
from tests.pages.conftest import Visit, address, texts
from tests.store.golden import OLDER, copy_of, exported


@pytest.fixture(scope="module", params=OLDER, ids=lambda schema: f"schema {schema}")
def schema(request: pytest.FixtureRequest) -> int:
    """The number of an earlier schema."""
    return int(request.param)


@pytest.fixture(scope="module")
def old(schema: int, scheduler: Scheduler) -> Study:
    """The golden study of that time, among those of today."""
    return scheduler.library.open(copy_of(schema, scheduler.library.home).name)


def test_an_old_study_is_compared_with_its_own_numbers(
    visit: Visit, schema: int, old: Study
) -> None:
    app = visit(page_files.COMPARE, old)
    shown = {row["Recipe"]: row for row in app.dataframe[0].value.to_dict("records")}
    then = json.loads(exported(schema).read_text())["variants"]
    done = {made["recipe"]: made for made in then if made["status"] == "done"}
    assert set(shown) == set(done)
    for recipe, made in done.items():
        assert shown[recipe]["Size"] == pytest.approx(made["size_bytes"] / 1000)
        assert shown[recipe]["Gzip"] == pytest.approx(made["gzip_bytes"] / 1000)
        assert shown[recipe]["Metric"] == pytest.approx(100 * made["metric"]["value"])
        assert shown[recipe]["Latency"] == made["latency"]["median_ms"]


@pytest.mark.parametrize("page", [page_files.MODEL, page_files.DATA, page_files.INSPECT])
def test_every_page_shows_an_old_study(visit: Visit, old: Study, page: str) -> None:
    app = visit(page, old)
    assert not app.error
    assert address(app) == old.index.id
    if page == page_files.MODEL:
        assert app.title[0].value == "Größenmaß 数"


def test_the_jobs_of_an_old_study_say_how_they_ended(visit: Visit, old: Study) -> None:
    said = texts(visit(page_files.OPTIMIZE, old))
    assert "HARD_SWISH" in said
    assert ("failed" in said) is (old.index.jobs[0].status is Status.FAILED)
    assert "cancelled" in said


@pytest.mark.slow
def test_recipes_go_on_in_an_old_study_and_what_it_had_stays_until_they_are_done(
    scheduler: Scheduler, old: Study
) -> None:
    """The keys of that time are not today's: int8 is made again, and replaced when it is there."""
    before = {variant.recipe: variant for variant in old.index.variants}
    ids = scheduler.start(old, [parse("float16"), parse("int8")])
    assert len(ids) == 2
    while True:
        job = next(job for job in old.index.jobs if job.id == ids[1])
        held = old.variant("int8")
        assert held is not None
        assert (old.folder / held.file).is_file()
        if not job.status.active:
            break
        if held.key == before["int8"].key:
            assert held == before["int8"]
        time.sleep(0.02)
    scheduler.wait(old)
    assert [j.status for j in old.index.jobs if j.id in ids] == [Status.DONE, Status.DONE]
    after = {variant.recipe: variant for variant in old.index.variants}
    assert set(after) == set(before) | {"float16"}
    assert after["int8"].key != before["int8"].key
    for recipe in set(before) - {"float32", "int8"}:
        assert after[recipe] == before[recipe]
    assert after["float16"].metric is not None  # the model and the data of that time are read
    assert after["float16"].metric.n == 60
    assert scheduler.start(old, [parse("int8"), parse("float16")]) == []


def test_a_cancelled_repetition_leaves_what_an_old_study_had(
    scheduler: Scheduler, old: Study
) -> None:
    before = old.variant("weight_only_int8")
    [job_id] = scheduler.start(old, [parse("weight_only_int8")])
    scheduler.cancel(old, [job_id])
    scheduler.wait(old)
    assert old.index.jobs[-1].status is Status.CANCELLED
    assert old.variant("weight_only_int8") == before


def test_a_newer_study_among_others_says_so_and_the_rest_works(
    visit: Visit, scheduler: Scheduler, model_only: Study
) -> None:
    newer = scheduler.library.home / "newer"
    newer.mkdir()
    (newer / INDEX).write_text(json.dumps({"schema_version": SCHEMA + 1}))
    app = visit(page_files.OPTIMIZE, model_only)
    app.sidebar.selectbox[0].select("newer").run()
    assert not app.exception
    [error] = app.error
    assert f"written by a newer Liteweigh (schema {SCHEMA + 1}; this one reads up to" in error.value
    assert "\n" not in error.value
    assert address(app) == model_only.index.id
    [by_address] = visit(page_files.MODEL, "newer").error
    assert by_address.value == error.value
