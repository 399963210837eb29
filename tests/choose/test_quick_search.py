"""tests of choose/: what the quick search tries next, and what it has proved."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from optimizer.choose.choice import choose
from optimizer.choose.known import known
from optimizer.choose.quick_search import QuickSearch
from optimizer.choose.search_in_words import best_so_far, how_far, told, why_not_smaller
from optimizer.errors import ConversionError
from optimizer.jobs.pending import Pending
from optimizer.jobs.searches import AT_ONCE, Search
from optimizer.measure.measurements import Metric
from optimizer.measure.sensitivity import OperatorNoise, Sensitivity
from optimizer.recipes import parse
from optimizer.store.key import variant_key
from optimizer.store.limits import Limits, Loss
from optimizer.store.study import Study
from optimizer.store.tried import Lost, Tried, Weighed
from optimizer.techniques.scheme import FloatOperator, Scheme
from tests import variants
from tests.variants import variant

T = TypeVar("T")
OPERATORS = (
    FloatOperator(0, "CONV_2D", "a", 10, 100, tuple(Scheme), (0,)),
    FloatOperator(1, "FULLY_CONNECTED", "b", 10, 900, tuple(Scheme), (1,)),
)
NOISES = (
    OperatorNoise(0, "CONV_2D", "a", 10, 100, measured=True, alone_db=5.0),
    OperatorNoise(1, "FULLY_CONNECTED", "b", 10, 900, measured=True, alone_db=20.0),
)


class Look:
    """Knows the operators, and counts how often it is asked."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[str] = []
        self.fails = fails

    def operators(self, study: Study) -> Pending[tuple[FloatOperator, ...]]:
        self.asked.append("operators")
        return self._answered(OPERATORS)

    def sensitivity(self, study: Study) -> Pending[Sensitivity]:
        self.asked.append("sensitivity")
        found = Sensitivity("k", 32, "tuning", 100, 10.0, 1, "", None, None, 1.0, NOISES)
        return self._answered(found)

    def _answered(self, found: T) -> Pending[T]:
        if self.fails:
            return Pending.failed(ConversionError("It cannot be read."))
        pending: Pending[T] = Pending(lambda: None, lambda: None)
        pending.succeed(found)
        return pending


@pytest.fixture
def study(tmp_path: Path) -> Study:
    record = variants.dataset(evaluation=2000, tuning=400, calibration=100)
    return variants.study(tmp_path / "s", variant("float32", size_bytes=400_000), dataset=record)


def learn(study: Study, recipe: str, size: int, lost: float | None, **changes: Any) -> None:
    """Puts into the study what a search would have learnt."""
    index = study.index
    assert index.dataset
    one = Tried(
        recipe=recipe,
        key=variant_key(parse(recipe), index.model, index.dataset),
        weighed=Weighed(size, size, 10, ("FLOAT32",), {"gpu": False}),
        tuning=None if lost is None else Metric("accuracy", 0.9 - lost, None, None, 400),
        lost=None if lost is None else Lost(lost, 0.05, 0.9, 400),
    ).model_copy(update=changes)
    study.update(lambda now: now.model_copy(update={"tried": (*now.tried, one)}))


def all_next(plan: QuickSearch, study: Study, lost: dict[str, float]) -> list[str]:
    """Everything that is tried until the search ends; what is not named loses nothing."""
    order: list[str] = []
    while recipes := plan.next(study, 0.0):
        assert len(recipes) <= AT_ONCE
        for recipe in recipes:
            order.append(str(recipe))
            named = next((loss for name, loss in lost.items() if str(recipe).startswith(name)), 0.0)
            learn(study, str(recipe), 100_000 - 100 * len(order), named)
    return order


def test_what_loses_nothing_is_made_smaller_at_once(study: Study) -> None:
    look = Look()
    order = all_next(QuickSearch(look), study, {})
    assert order[-2:] == ["mixed(int4=1)", "mixed(int4=0-1)"]
    assert "int8(quantizer=litert)" in order
    assert len(order) == 6, "nothing that a repair would need"
    assert look.asked == ["operators"], "once, and no sensitivity where int8 holds"


def test_where_int8_loses_too_much_it_is_repaired_first(study: Study) -> None:
    order = all_next(QuickSearch(Look()), study, {"int8": 0.3, "int16x8": 0.3})
    repaired = order.index("mixed(weight_only=0)")
    assert order.index("int8(calibration_samples=50)") < repaired
    assert "int16x8" in order[:repaired]
    assert order[-1] == "mixed(weight_only=0,int4=1)"


def test_without_a_repair_nothing_is_made_smaller(study: Study) -> None:
    order = all_next(QuickSearch(Look()), study, {"int": 0.3, "mixed": 0.3})
    assert "mixed(weight_only=0-1)" in order
    assert not any("int4" in one for one in order)


def test_a_file_that_cannot_be_looked_into_ends_no_search(study: Study) -> None:
    order = all_next(QuickSearch(Look(fails=True)), study, {})
    assert "int8(quantizer=litert)" in order
    assert not any(one.startswith("mixed") for one in order)


def test_the_type_that_is_asked_for_is_that_of_all_that_have_one(study: Study) -> None:
    study.update(lambda now: now.model_copy(update={"limits": Limits(io="int8")}))
    order = all_next(QuickSearch(Look()), study, {})
    assert "int8(io=int8,quantizer=litert)" in order
    assert all("io=int8" in one for one in order if one.startswith(("int8", "mixed")))


def test_a_small_model_is_searched_for_some_time_only(study: Study) -> None:
    assert QuickSearch().next(study, 39.0)
    slow = variants.latency(5.0)
    made = study.index.variants[0]
    study.put_variant(made.model_copy(update={"latency": slow}))
    assert QuickSearch().next(study, 41.0), "40 recipes of a large model take what they take"
    study.put_variant(made.model_copy(update={"latency": variants.latency(0.1)}))
    assert QuickSearch().next(study, 41.0) == []


def test_the_smallest_that_is_likely_to_be_proved_is_made(study: Study) -> None:
    learn(study, "float16", 200_000, 0.0)
    learn(study, "int8", 100_000, 0.001)
    learn(study, "dynamic_range", 90_000, 0.05)
    assert [str(one) for one in QuickSearch().finalists(study)] == ["int8"]


def test_what_breaks_another_limit_is_not_made(study: Study) -> None:
    learn(study, "int8", 100_000, 0.0)
    for limits in (Limits(size_bytes=200_000, must_run=("gpu",)), Limits(io="int8")):
        learn(study, "float16", 150_000, 0.0)
        study.update(lambda now, limits=limits: now.model_copy(update={"limits": limits}))  # type: ignore[misc]
        assert len(QuickSearch().finalists(study)) == 1, "the nearest alone, so that it can be told"


def test_where_nothing_has_a_chance_the_nearest_is_made_so_that_it_can_be_told(
    study: Study,
) -> None:
    learn(study, "int8", 100_000, 0.3)
    learn(study, "float16", 200_000, 0.1)
    assert [str(one) for one in QuickSearch().finalists(study)] == ["float16"]


def test_it_says_why_not_a_smaller_file(study: Study) -> None:
    assert why_not_smaller(study, choose(study, study.index.limits)) == ""
    learn(study, "dynamic_range", 90_000, 0.02)
    said = why_not_smaller(study, choose(study, study.index.limits))
    assert said == (
        "Of the 1 file that was tried 1 is smaller. It, dynamic_range, is not within the limit: "
        "2 points lost on 400 tuning samples."
    )
    learn(study, "int8", 500_000, 0.0)
    study.update(lambda now: now.model_copy(update={"limits": Limits(loss=Loss(value=0.0001))}))
    said = why_not_smaller(study, choose(study, study.index.limits))
    assert said.startswith("Of the 2 files that were tried 1 is smaller.")


def test_progress_tells_how_many_were_tried_and_the_best_so_far(study: Study) -> None:
    search = Search(study)
    assert how_far(search) == "0 of at most 40 tried"
    learn(study, "int8", 100_000, 0.3)
    learn(study, "float16", 200_000, 0.0)
    assert how_far(search) == "2 of at most 40 tried; best so far float16"
    best = best_so_far(study, known(study))
    assert best
    assert told(best, study) == "200,000 bytes, 0 points lost on 400 tuning samples"
    search.finalists = ("float16",)
    assert how_far(search) == "Proving float16 on the evaluation samples"


def test_a_recipe_that_failed_is_not_tried_again(study: Study) -> None:
    refused = "int8(quantizer=litert)"
    learn(study, refused, 0, None, weighed=None, error="The converter refused the model.")
    order = all_next(QuickSearch(), study, {})
    assert refused not in order
    assert "int8" in order, "the converter may do it"
    found = known(study)[refused]
    assert told(found, study) == "The converter refused the model."


def test_other_data_make_all_be_tried_anew(study: Study) -> None:
    learn(study, "int8", 100_000, 0.0)
    assert "int8" in known(study)
    index = study.index
    assert index.dataset
    baseline = index.variants[0].model_copy(update={"key": "of other data"})
    changes = {"dataset": replace(index.dataset, digest="x"), "variants": (baseline,)}
    study.update(lambda now: now.model_copy(update=changes))
    assert known(study) == {}
