"""tests of choose/: bounds of a loss, held to exact chances and to other people's formulas."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from optimizer.choose.non_inferiority import lost_share_bounds, mean_loss_bounds

Table = npt.NDArray[np.float64]


def chance_of_a_broken_promise(n: int, limit: float, gained: float) -> float:
    """How often a variant that loses just more than `limit` is said to hold it: by enumeration.

    Args:
        n: samples.
        limit: the share lost that is allowed, and the true one.
        gained: the true share of samples that only the variant has right.
    """
    most = [int(stats.binom.ppf(1 - 1e-7, n, share)) + 1 for share in (gained, gained + limit)]
    chance = 0.0
    for up in range(most[0] + 1):
        for down in range(min(most[1], n - up) + 1):
            if (down - up) / n <= limit and lost_share_bounds(up, down, n, 0.95)[1] < limit:
                chance += float(
                    stats.multinomial.pmf(
                        [up, down, n - up - down],
                        n,
                        [gained, gained + limit, 1 - 2 * gained - limit],
                    )
                )
    return chance


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "limit", "gained"), [(60, 0.05, 0.0), (60, 0.05, 0.02), (268, 0.01, 0.0)]
)
def test_no_more_than_one_promise_in_twenty_is_broken(n: int, limit: float, gained: float) -> None:
    assert chance_of_a_broken_promise(n, limit, gained) <= 0.055


def test_without_a_change_the_bound_is_the_rule_of_three() -> None:
    for n in (100, 300, 3000):
        exact = 1 - 0.05 ** (1 / n)  # the share at which no loss among n has a chance of 5 %
        best, worst = lost_share_bounds(0, 0, n, 0.95)
        assert exact <= worst < 1.02 * exact
        assert best == -worst


def test_with_many_changes_the_bound_solves_tangos_equation() -> None:
    """Tango 1998, equation 8, in its own notation, with the roles of the pairs as in his table."""
    n, b, c = 5000, 40, 60  # b: only the variant is right
    worst = lost_share_bounds(b, c, n, 0.95)[1]
    delta = -worst
    first, second = 2 * n, -b - c + (2 * n - b + c) * delta
    q = (math.sqrt(second**2 + 4 * first * c * delta * (1 - delta)) - second) / (2 * first)
    statistic = (b - c - n * delta) / math.sqrt(n * (2 * q + delta * (1 - delta)))
    assert statistic == pytest.approx(stats.norm.ppf(0.95), abs=1e-6)


def test_gains_mirror_losses() -> None:
    best, worst = lost_share_bounds(7, 21, 900, 0.95)
    assert lost_share_bounds(21, 7, 900, 0.95) == (-worst, -best)


def errors(seed: int, n: int) -> tuple[Table, Table]:
    rng = np.random.default_rng(seed)
    return rng.normal(5, 1, n), rng.normal(5.1, 1, n)


def test_of_normal_differences_the_bound_is_students() -> None:
    baseline, variant = errors(3, 4000)
    difference = stats.ttest_rel(variant, baseline).confidence_interval(0.9)
    best, worst = mean_loss_bounds(baseline, variant, 0.95, relative=False)
    assert (best, worst) == pytest.approx((difference.low, difference.high), rel=0.02)


def test_a_relative_loss_solves_fiellers_equation() -> None:
    """Where costs minus (1 + loss) times the baseline's have a mean whose t is the critical one."""
    baseline, variant = errors(4, 4000)
    for end in mean_loss_bounds(baseline, variant, 0.95, relative=True):
        t = stats.ttest_1samp(variant - (1 + end) * baseline, 0).statistic
        assert abs(t) == pytest.approx(stats.t.ppf(0.95, 3999), rel=0.02)


def test_scores_count_as_negative_costs() -> None:
    baseline, variant = -np.full(50, 0.8), -np.full(50, 0.6)
    assert mean_loss_bounds(baseline, variant, 0.95, relative=True) == pytest.approx((0.25, 0.25))


def test_the_same_errors_are_no_loss() -> None:
    baseline, _ = errors(5, 30)
    assert mean_loss_bounds(baseline, baseline, 0.95, relative=True) == pytest.approx((0, 0))
