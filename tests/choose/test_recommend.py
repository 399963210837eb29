"""tests of choose/: which variant is recommended, with latencies that are given."""

import pytest

from optimizer.choose.comparison import Comparison
from optimizer.choose.recommend import in_words, recommended, smallest, without_visible_loss
from optimizer.measure.measurements import Latency, Metric
from tests.variants import accuracy, difference, latency, row, variant

BASELINE = row(variant("float32", size_bytes=400_000))


def rows(int8: float, weight_only: float, float16: float = 1.0) -> list[Comparison]:
    """float32 takes a millisecond; the others what is given, and none loses anything."""
    return [
        BASELINE,
        row(variant("float16", size_bytes=200_000, latency=latency(float16)), difference(0.0)),
        row(variant("int8", size_bytes=100_000, latency=latency(int8)), difference(-0.001)),
        row(
            variant("weight_only_int8", size_bytes=110_000, latency=latency(weight_only)),
            difference(0.001),
        ),
    ]


@pytest.mark.parametrize(
    ("int8", "weight_only", "expected"),
    [
        (0.5, 0.8, "int8"),
        (1.2, 0.8, "weight_only_int8"),
        (1.2, 1.1, "float16"),
        (2.0, 3.0, "float16"),
    ],
    ids=["int8 is faster", "int8 is slower than float32", "both are slower", "much slower"],
)
def test_the_fastest_is_recommended_whichever_this_cpu_makes_fastest(
    int8: float, weight_only: float, expected: str
) -> None:
    shown = rows(int8, weight_only)
    assert recommended(shown).variant.recipe == expected
    assert in_words(shown) == f"{expected}, the fastest without a visible loss on A CPU"


@pytest.mark.parametrize("int8", [0.5, 2.0], ids=["int8 is faster", "int8 is slower"])
def test_the_smallest_is_the_smallest_however_fast_it_is(int8: float) -> None:
    found = smallest(rows(int8, 0.8))
    assert found
    assert found.variant.recipe == "int8"


@pytest.mark.parametrize(
    ("value", "p_value", "harmless"),
    [(-0.02, 0.01, False), (-0.02, 0.06, True), (0.02, 0.01, True), (0.0, 1.0, True)],
    ids=["a real loss", "perhaps a loss", "a real gain", "the same"],
)
def test_a_loss_that_can_be_seen_is_never_recommended(
    value: float, p_value: float, harmless: bool
) -> None:
    fast = row(variant("int8", latency=latency(0.1)), difference(value, p_value))
    slow = row(variant("float16", latency=latency(0.9)), difference(0.0))
    assert (fast in without_visible_loss([BASELINE, fast, slow])) == harmless
    assert recommended([BASELINE, fast, slow]) is (fast if harmless else slow)


def test_of_an_error_less_is_no_loss() -> None:
    measured = {"metric": Metric("mae", 0.5, 0.4, 0.6, 100)}
    better = row(variant("int8", **measured), difference(-0.1, 0.001))
    worse = row(variant("float16", **measured), difference(0.1, 0.001))
    assert without_visible_loss([BASELINE, better, worse]) == [better]


@pytest.mark.parametrize(
    "changes",
    [{"metric": None}, {"metric": accuracy(None)}],
    ids=["no labels", "not a number"],
)
def test_where_no_loss_can_be_excluded_the_baseline_is_recommended(
    changes: dict[str, Metric | None],
) -> None:
    unknown = [
        BASELINE,
        row(variant("int8", latency=latency(0.1), **changes)),
        row(variant("float16", latency=latency(0.2), **changes), difference(None)),
    ]
    assert recommended(unknown) is BASELINE
    assert smallest(unknown) is None
    assert in_words(unknown) == "float32, as no other file is known to lose nothing"


@pytest.mark.parametrize("untimed", [None, Latency.of_failure(1)], ids=["never", "failed"])
def test_what_was_not_timed_comes_last(untimed: Latency | None) -> None:
    first = row(variant("int8", latency=untimed), difference(0.0))
    slow = row(variant("float16", latency=latency(9.0)), difference(0.0))
    assert recommended([BASELINE, first, slow]) is slow
    assert recommended([BASELINE, first]) is first
    assert in_words([BASELINE, first]) == "int8, without a visible loss; none was timed"
