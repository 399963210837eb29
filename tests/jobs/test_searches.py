"""tests of jobs/: a search tries recipes, keeps what it learns at once, and makes the best."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from optimizer.choose.known import known
from optimizer.choose.quick_search import MOST, QuickSearch
from optimizer.data.data_options import DataFiles
from optimizer.errors import StudyError
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import Recipe, parse
from optimizer.store.library import Library
from optimizer.store.study import Study
from tests import variants
from tests.jobs.stand_in import StandIn
from tests.waiting import PATIENCE


class Counting(StandIn):
    """Counts what is tried."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[str] = []

    def submit(self, work, on_start, owner):  # type: ignore[no-untyped-def]
        if type(work).__name__ == "TryRecipe":
            self.tried.append(str(work.recipe))
        return super().submit(work, on_start, owner)


class Asked:
    """A plan that says what it is told to."""

    def __init__(self, recipes: Sequence[str], finalists: Sequence[str] = ()) -> None:
        self.recipes, self.chosen = recipes, finalists

    def next(self, study: Study, seconds: float) -> list[Recipe]:
        found = known(study)
        return [parse(one) for one in self.recipes if one not in found]

    def finalists(self, study: Study) -> list[Recipe]:
        return [parse(one) for one in self.chosen]


@pytest.fixture
def executor() -> Counting:
    return Counting()


@pytest.fixture
def scheduler(executor: Counting, tmp_path: Path) -> Scheduler:
    return Scheduler(executor, Library(tmp_path / "home"), 0.01, 10)


@pytest.fixture
def study(scheduler: Scheduler, tmp_path: Path) -> Study:
    (tmp_path / "model").write_bytes(b"m")
    opened = scheduler.open_model(tmp_path / "model", "tiny").result()
    return scheduler.add_data(opened, DataFiles(tmp_path / "model"), "pixels").result()


def run(scheduler: Scheduler, study: Study, plan: object) -> None:
    search = scheduler.search(study, plan)  # type: ignore[arg-type]
    assert search.wait(PATIENCE)
    assert search.error is None


def test_what_was_tried_is_kept_under_the_recipe_that_was_asked_for(
    scheduler: Scheduler, study: Study
) -> None:
    run(scheduler, study, Asked(["int8", "float16"]))
    assert [one.recipe for one in study.index.tried] == ["int8", "float16"]
    assert set(known(study)) == {"int8", "float16"}, "under a key that a variant would have"


def test_one_that_cannot_be_made_has_its_reason_and_the_others_go_on(
    scheduler: Scheduler, study: Study
) -> None:
    run(scheduler, study, Asked(["int16x8", "float16"]))
    first, second = study.index.tried
    assert (first.error, first.weighed) == ("The converter refused the model.", None)
    assert second.error is None


def test_nothing_is_tried_twice_also_after_the_study_was_reopened(
    scheduler: Scheduler, study: Study, executor: Counting
) -> None:
    run(scheduler, study, QuickSearch())
    before = list(executor.tried)
    assert len(before) == len(set(before)) >= 4
    study_id = study.index.id
    scheduler.library.close()
    again = Scheduler(executor, Library(scheduler.library.home), 0.01, 10)
    run(again, again.library.open(study_id), QuickSearch())
    assert executor.tried == before


def test_what_was_made_by_hand_is_not_tried(
    scheduler: Scheduler, study: Study, executor: Counting
) -> None:
    by_hand = "int8(quantizer=litert)"
    scheduler.start(study, [parse(by_hand)])
    scheduler.wait(study)
    run(scheduler, study, QuickSearch())
    assert by_hand not in executor.tried
    assert "float16(quantizer=litert)" in executor.tried
    assert by_hand in known(study)


def test_the_best_become_variants(scheduler: Scheduler, study: Study) -> None:
    run(scheduler, study, Asked(["int8"], ["int8", "float16"]))
    assert [one.recipe for one in study.index.variants] == ["float32", "int8", "float16"]
    search = scheduler.searching(study)
    assert search
    assert search.finalists == ("int8", "float16")


def test_a_search_that_is_stopped_keeps_what_is_there(scheduler: Scheduler, study: Study) -> None:
    class Endless(Asked):
        def next(self, study: Study, seconds: float) -> list[Recipe]:
            if study.index.tried:
                time.sleep(0.05)
            return [parse(f"int8(calibration_samples={len(study.index.tried) + 1})")]

    search = scheduler.search(study, Endless([], ["float16"]))
    while len(study.index.tried) < 2:
        time.sleep(0.01)
    search.stop()
    assert search.wait(PATIENCE)
    assert len(study.index.tried) >= 2
    assert len(study.index.variants) == 1, "nothing is proved of what nobody waited for"


def test_one_search_at_a_time(scheduler: Scheduler, study: Study) -> None:
    class Slow(Asked):
        def next(self, study: Study, seconds: float) -> list[Recipe]:
            time.sleep(0.3)
            return []

    first = scheduler.search(study, Slow([]))
    assert scheduler.search(study, Asked(["int8"])) is first
    assert first.wait(PATIENCE)
    assert scheduler.search(study, Asked([])) is not first


def test_a_plan_that_fails_is_told_in_a_sentence(scheduler: Scheduler, study: Study) -> None:
    class Broken(Asked):
        def finalists(self, study: Study) -> list[Recipe]:
            raise ValueError("x")

    search = scheduler.search(study, Broken([]))
    assert search.wait(PATIENCE)
    assert search.error
    assert "unexpected error" in search.error


def test_the_quick_search_ends_after_40(scheduler: Scheduler, study: Study) -> None:
    plan = QuickSearch()
    many = [f"int8(calibration_samples={count})" for count in range(1, MOST)]
    run(scheduler, study, Asked(many))
    assert plan.next(study, 0.0)
    run(scheduler, study, Asked(["int8(calibration_samples=100)"]))
    assert plan.next(study, 0.0) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": None}, "no data yet"),
        ({"dataset": variants.dataset(synthetic=True)}, "A search needs data"),
        ({"dataset": variants.dataset(tuning=0)}, "--role tuning=FILE"),
    ],
)
def test_a_study_in_which_nothing_can_be_judged_is_refused(
    scheduler: Scheduler, study: Study, changes: dict[str, object], said: str
) -> None:
    study.update(lambda index: index.model_copy(update=changes))
    with pytest.raises(StudyError, match=said):
        scheduler.search(study, QuickSearch())


def test_a_model_that_is_quantized_already_is_refused(scheduler: Scheduler, study: Study) -> None:
    summary = study.index.model.summary
    object.__setattr__(summary, "quantized", True)
    with pytest.raises(StudyError, match="quantized already"):
        scheduler.search(study, QuickSearch())
