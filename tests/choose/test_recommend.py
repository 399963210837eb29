"""tests of choose/: which variant is recommended, with latencies that are given."""

from pathlib import Path

import numpy as np
import pytest

from optimizer.choose.choice import Choice, choose
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.recommend import fastest, recommended
from optimizer.store.limits import Limits
from tests import variants
from tests.variants import latency, variant


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
    found = fastest(rows, choice)
    assert found
    assert found.variant.recipe == quickest


def test_what_loses_too_much_is_never_recommended_however_fast(tmp_path: Path) -> None:
    rows, choice = made(tmp_path, 0.1, wrong=60)
    assert recommended(rows, choice).variant.recipe == "float16"
    found = fastest(rows, choice)
    assert found
    assert found.variant.recipe == "float32"
