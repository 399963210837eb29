"""tests of choose/: whether a difference is more than noise, and how it is said."""

import json
import re
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from optimizer.choose.significance import Difference, differences, holm, paired_interval
from optimizer.choose.verdict import in_words, samples_needed


def scores(gained: int, lost: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Right and wrong answers of a baseline and a variant."""
    baseline = np.arange(n) >= n // 10
    variant = baseline.copy()
    variant[np.flatnonzero(~baseline)[:gained]] = True
    variant[np.flatnonzero(baseline)[:lost]] = False
    return baseline, variant


def compared(gained: int, lost: int, n: int) -> Difference:
    baseline, variant = scores(gained, lost, n)
    return differences("accuracy", baseline, [variant])[0]


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (3, 0), (5, 21), (40, 40)])
def test_the_p_value_is_mcnemars_exact_one(gained: int, lost: int) -> None:
    table = [[0, lost], [gained, 1_000 - lost - gained]]
    assert compared(gained, lost, 1_000).p_value == pytest.approx(mcnemar(table, exact=True).pvalue)


# Where hardly a sample changes (expected: below 10 of n) whole numbers leave no interval near
# 95 %, and this one errs on the safe side: then only the lower bound is asked for.
@pytest.mark.parametrize("n", [100, 1_000, 10_000])
@pytest.mark.parametrize(
    ("gain", "loss"),
    [(0.05, 0.07), (0.01, 0.05), (0.002, 0.004)],
    ids=["accuracy of 0.5", "accuracy of 0.9", "accuracy of 0.99"],
)
def test_an_interval_of_95_percent_holds_the_true_difference(
    gain: float, loss: float, n: int
) -> None:
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(n, [gain, loss, 1 - gain - loss], 2_000)
    ends = np.array([paired_interval(gained, lost, n) for gained, lost, _ in drawn.tolist()])
    held = np.mean((ends[:, 0] <= gain - loss) & (gain - loss <= ends[:, 1]))
    assert held >= 0.93
    if n * (gain + loss) >= 10:
        assert held <= 0.975


def test_a_variant_that_answers_the_same_is_no_different() -> None:
    found = compared(0, 0, 500)
    assert (found.value, found.p_value, found.p_adjusted) == (0.0, 1.0, 1.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_better_and_worse_mirror_each_other() -> None:
    up, down = compared(30, 10, 1_000), compared(10, 30, 1_000)
    assert up.value == pytest.approx(-down.value if down.value else None)
    assert up.low == pytest.approx(-down.high if down.high else None)
    assert up.p_value == down.p_value


def test_more_variants_need_stronger_evidence() -> None:
    baseline, variant = scores(5, 20, 1_000)
    alone = differences("accuracy", baseline, [variant])[0]
    among = differences("accuracy", baseline, [variant] + [baseline] * 9)[0]
    assert alone.p_adjusted == alone.p_value == among.p_value
    assert among.p_adjusted == pytest.approx(10 * (alone.p_value or 0))


def test_the_correction_is_holms() -> None:
    p_values = np.random.default_rng(0).random(20) ** 3
    assert holm(p_values.tolist()) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([]) == []


def test_a_variant_without_scores_does_not_weigh_on_the_others() -> None:
    baseline, variant = scores(5, 20, 1_000)
    missing, found = differences("accuracy", baseline, [None, variant])
    assert asdict(missing) == {**dict.fromkeys(asdict(missing)), "n": 1_000}
    assert found.p_adjusted == found.p_value


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_errors_that_grow_are_seen(metric: str) -> None:
    rng = np.random.default_rng(2)
    errors = rng.exponential(1.0, 800)
    same, worse = differences(metric, errors, [rng.permutation(errors), errors + 0.1])
    assert worse.low is not None
    assert worse.low > 0
    assert (worse.p_adjusted or 0) < 0.001
    assert (same.p_adjusted or 0) > 0.5
    assert json.loads(json.dumps(asdict(worse))) == asdict(worse)


def test_pairing_sees_what_separate_intervals_would_miss() -> None:
    rng = np.random.default_rng(3)
    errors = rng.exponential(1.0, 300)
    [paired] = differences("mae", errors, [errors + rng.normal(0.01, 0.02, 300)])
    [unpaired] = differences("mae", errors, [rng.permutation(errors) + 0.01])
    assert paired.low is not None
    assert paired.low > 0
    assert unpaired.low is not None
    assert unpaired.low < 0


def test_one_sample_and_broken_scores_are_no_evidence() -> None:
    [one] = differences("mae", np.array([1.0]), [np.array([2.0])])
    assert (one.value, one.low, one.p_value) == (1.0, None, None)
    assert "too few" in in_words(one, higher_is_better=False, share=False)
    [broken] = differences("mae", np.ones(10), [np.full(10, np.nan)])
    assert broken.value is None
    assert "could not be measured" in in_words(broken, higher_is_better=False, share=False)


def test_fifty_variants_are_compared_at_once() -> None:
    rng = np.random.default_rng(4)
    baseline = rng.random(6_000) < 0.9
    variants = [baseline ^ (rng.random(6_000) < 0.03) for _ in range(50)]
    differences("accuracy", baseline, variants)  # imports
    took = []
    for _ in range(3):
        start = time.thread_time()
        differences("accuracy", baseline, variants)
        took.append(time.thread_time() - start)
    assert min(took) < 0.1


def test_a_loss_is_said_in_points_with_its_interval() -> None:
    words = in_words(compared(60, 140, 20_000), higher_is_better=True, share=True)
    assert words == "0.4 points lower (95 % interval −0.5 to −0.3): a real loss"


def test_a_smaller_error_is_a_gain() -> None:
    errors = np.random.default_rng(5).exponential(1.0, 500)
    [found] = differences("mae", errors, [errors * 0.9])
    words = in_words(found, higher_is_better=False, share=False)
    assert " lower " in words
    assert words.endswith("a real gain")


def test_no_visible_difference_says_how_many_samples_it_takes() -> None:
    words = in_words(compared(6, 8, 500), higher_is_better=True, share=True)
    pattern = r"no difference can be seen with 500 samples; to see one of 0\.5 points you need "
    found = re.fullmatch(pattern + r"about ([\d,]+)", words)
    assert found is not None
    assert 5_000 <= int(found[1].replace(",", "")) <= 15_000
    many = in_words(compared(60, 65, 100_000), higher_is_better=True, share=True)
    assert many.endswith("which are enough to see one of 0.5 points")


def test_the_samples_it_takes_do_show_the_difference_in_80_of_100_trials() -> None:
    gain, loss = 0.02, 0.04
    truth = loss - gain
    spread = np.sqrt(gain + loss - truth**2)
    needed = samples_needed(replace(compared(5, 5, 500), spread=float(spread)), truth)
    assert needed is not None
    rng = np.random.default_rng(6)
    drawn = rng.multinomial(needed, [gain, loss, 1 - gain - loss], 300)
    seen = [compared(gained, lost, needed * 3).p_value or 0 for gained, lost, _ in drawn.tolist()]
    assert 0.72 <= np.mean(np.array(seen) < 0.05) <= 0.88
