"""tests of choose/: which variant is recommended, with latencies that are given."""

from pathlib import Path

import numpy as np
import pytest

from optimizer.choose.choice import Choice, choose
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.proofs import Answer
from optimizer.choose.recommend import best, recommended
from optimizer.measure.measurements import Fidelity
from optimizer.store.limits import Limits
from tests import variants
from tests.variants import accuracy, latency, row, variant
from tests.variants import choice as variants_choice

HELD, OPEN = Answer.HELD, Answer.OPEN


def made(folder: Path, int8: float, wrong: int = 0) -> tuple[list[Comparison], Choice]:
    """float32 takes a millisecond, float16 two; 600 samples, of which int8 has `wrong` wrong."""
    study = variants.study(
        folder / "s",
        variant("float32", size_bytes=400_000),
        variant("float16", size_bytes=200_000, latency=latency(2.0, 2.0)),
        variant("int8", size_bytes=100_000, latency=latency(int8, int8)),
        scores=[np.arange(600) >= count for count in (0, 0, wrong)],
    )
    return compare(study), choose(study, Limits())


@pytest.mark.parametrize(
    ("int8", "quickest"),
    [(0.5, "int8"), (1.2, "float32")],
    ids=["int8 is faster", "int8 is slower than float32"],
)
def test_the_smallest_that_is_proved_is_recommended_whichever_a_cpu_makes_fastest(
    tmp_path: Path, int8: float, quickest: str
) -> None:
    rows, choice = made(tmp_path, int8)
    assert recommended(rows, choice).variant.recipe == "int8"
    found = best(rows, choice).fastest
    assert found
    assert found.variant.recipe == quickest


def test_what_loses_too_much_is_never_recommended_however_fast(tmp_path: Path) -> None:
    rows, choice = made(tmp_path, 0.1, wrong=60)
    assert recommended(rows, choice).variant.recipe == "float16"
    found = best(rows, choice).fastest
    assert found
    assert found.variant.recipe == "float32"


def test_the_best_in_each_way_are_of_those_that_hold_the_limits_and_the_baseline_is_one(
    tmp_path: Path,
) -> None:
    right, samples = (560, 570, 590, 590, 300), np.arange(600)  # the last loses too much
    recipes = ("float32", "float16", "int8(io=uint8)", "int8", "int16x8")
    sizes, times = (400, 200, 150, 120, 50), (1.0, 2.0, 1.5, 1.5, 0.1)
    study = variants.study(
        tmp_path / "s",
        *(
            variant(
                recipe, size_bytes=1000 * size, latency=latency(time, time),
                metric=accuracy(count / 600),
            )
            for recipe, size, time, count in zip(recipes, sizes, times, right, strict=True)
        ),
        scores=[samples < count for count in right],
    )  # fmt: skip
    rows, choice = compare(study), choose(study, Limits())
    found = best(rows, choice)
    assert found.names(choice.recipe) == {
        "int8": "choice, most accurate, smallest",
        "float32": "fastest",
    }


def test_without_labels_the_nearest_to_float32_is_the_most_accurate_and_untimed_is_not_fast() -> (
    None
):
    made = [
        variant(recipe, metric=None, latency=None, fidelity=Fidelity(agreement, 30.0, 0.1))
        for recipe, agreement in (("float32", 1.0), ("float16", 1.0), ("int8", 0.9))
    ]
    found = best([row(one) for one in made[1:]], variants_choice(*((one, HELD) for one in made)))
    assert found.accurate
    assert found.accurate.variant.recipe == "float16"
    assert found.fastest is None
    nothing = best([row(one) for one in made], variants_choice(*((one, OPEN) for one in made)))
    assert (nothing.accurate, nothing.smallest, nothing.fastest) == (None, None, None)
