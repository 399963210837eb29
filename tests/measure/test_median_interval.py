"""tests of measure/: intervals of a median hold it as often as they say, also where they drift."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from optimizer.arrays import Float64s
from optimizer.measure.median_interval import median_interval

Drawn = Callable[[np.random.Generator, int], Float64s]
RUNS = 400


def independent(rng: np.random.Generator, count: int) -> Float64s:
    return rng.normal(1, 0.01, count)


def long_tailed(rng: np.random.Generator, count: int) -> Float64s:
    return 1 + 0.01 * rng.standard_t(2, count)


def lopsided(rng: np.random.Generator, count: int) -> Float64s:
    return rng.exponential(1 / np.log(2), count)  # its median is 1


def following(rng: np.random.Generator, count: int) -> Float64s:
    """Each value has 0.4 of the one before it."""
    values = rng.normal(size=count)
    for at in range(1, count):
        values[at] = 0.4 * values[at - 1] + np.sqrt(1 - 0.4**2) * values[at]
    return 1 + 0.01 * values


def swaying(rng: np.random.Generator, count: int) -> Float64s:
    """A machine that gets slower and faster again."""
    turns = np.linspace(0, 2 * np.pi * rng.uniform(0.5, 2), count) + rng.uniform(0, 2 * np.pi)
    return rng.normal(1, 0.01, count) + 0.005 * np.sin(turns)


@pytest.mark.parametrize("count", [20, 60, 200])
@pytest.mark.parametrize("drawn", [independent, long_tailed, lopsided, following, swaying])
def test_it_holds_the_median_that_the_numbers_are_drawn_from(drawn: Drawn, count: int) -> None:
    rng = np.random.default_rng([count, len(drawn.__name__)])
    ends = [median_interval(drawn(rng, count)) for _ in range(RUNS)]
    held = sum(low <= 1 <= high for low, high in ends)
    # Where 93 of 100 hold it, fewer do in one of 10,000 runs.
    assert held >= binom.ppf(1e-4, RUNS, 0.93)


def test_it_is_hardly_wider_than_need_be() -> None:
    """The median of n normal values has the standard error sqrt(pi / 2n) of theirs."""
    rng = np.random.default_rng(0)
    wide = [np.diff(median_interval(independent(rng, 200)))[0] for _ in range(200)]
    exact = 2 * 1.96 * 0.01 * np.sqrt(np.pi / 2 / 200)
    assert exact < np.mean(wide) < 1.4 * exact


@pytest.mark.parametrize("count", [5, 6, 9, 10, 11, 37])
def test_the_median_lies_in_it(count: int) -> None:
    rng = np.random.default_rng(count)
    for _ in range(50):
        values = rng.lognormal(size=count)
        low, high = median_interval(values)
        assert values.min() <= low <= np.median(values) <= high <= values.max()


def test_equal_numbers_have_an_interval_of_one() -> None:
    assert median_interval(np.full(30, 0.5)) == (0.5, 0.5)
