"""tests of choose/: metrics that only all samples together have, compared in the same resamples."""

import numpy as np
import pytest

from optimizer.choose.paired import Resampled
from optimizer.choose.proofs import Answer, Judged, prove_loss
from optimizer.choose.significance import differences
from optimizer.measure.bootstrap import draws
from optimizer.store.limits import Loss

N = 200
RNG = np.random.default_rng(8)


def resampled(scores: np.ndarray, resamples: int = 1_000) -> Resampled:
    """A mean, as though only all samples together had it."""
    drawn = np.concatenate([part @ scores / N for part in draws(N, resamples)])
    return Resampled(float(scores.mean()), drawn, N)


def judged(scores: np.ndarray) -> Judged:
    return Judged(resampled(scores), higher_is_better=True, proportion=False)


def test_a_mean_has_the_difference_that_its_scores_have() -> None:
    before = RNG.random(N)
    after = before - 0.01 + RNG.normal(0, 0.03, N)
    (of_all,) = differences("map", resampled(before), [resampled(after)])
    (of_scores,) = differences("mae", before, [after])
    assert of_all.value == pytest.approx(of_scores.value)
    assert (of_all.low, of_all.high) == pytest.approx((of_scores.low, of_scores.high), abs=1e-3)
    assert of_all.spread == pytest.approx(float(np.std(after - before)), rel=0.1)
    assert of_all.p_value == pytest.approx(of_scores.p_value, abs=0.01)


def test_pairs_see_more_than_the_two_intervals_apart() -> None:
    before = RNG.random(N)
    (of_all,) = differences("map", resampled(before), [resampled(before - 0.01)])
    assert of_all.low == pytest.approx(-0.01)  # although the mean itself is known to 0.04 alone
    assert of_all.high == pytest.approx(-0.01)


def test_fewer_resamples_of_one_are_the_first_of_the_other() -> None:
    before = RNG.random(N)
    (of_all,) = differences("map", resampled(before), [resampled(before - 0.01, 400)])
    assert of_all.low == pytest.approx(-0.01)


def test_a_loss_is_proved_or_broken_or_open() -> None:
    before = RNG.random(N) + 0.5
    noise = RNG.normal(0, 0.05, N)
    noise -= noise.mean()
    proofs = [
        prove_loss(Loss(value=0.01), judged(before), judged(before - lost + noise), 0.95)
        for lost in (0.0, 0.012, 0.05)
    ]
    assert [proof.verdict for proof in proofs] == [Answer.HELD, Answer.OPEN, Answer.BROKEN]
    assert proofs[1].value == pytest.approx(0.012)
    error = 0.05 / np.sqrt(N)
    assert proofs[0].high == pytest.approx(1.65 * error, rel=0.15)
    assert proofs[1].needed_samples is not None
    share = prove_loss(Loss(value=0.02, relative=True), judged(before), judged(0.99 * before), 0.95)
    assert share.value == pytest.approx(0.01)
    assert share.high == pytest.approx(0.01)


def test_without_resamples_a_loss_stays_open() -> None:
    one = Judged(Resampled(0.5, np.zeros(0), N), higher_is_better=True, proportion=False)
    proof = prove_loss(Loss(value=0.01), one, one, 0.95)
    assert (proof.verdict, proof.value, proof.high) == (Answer.OPEN, 0.0, None)


@pytest.mark.slow
def test_a_proof_breaks_its_promise_no_more_often_than_it_says() -> None:
    """A loss that is just as large as allowed is called held in at most 5 of 100 trials."""
    from optimizer.measure.metrics import evaluate_resampled
    from tests.measure.test_mean_average_precision import scenes

    rng = np.random.default_rng(5)
    found, labels = scenes(9, 3_000, 2, crowds=False)
    worse = found.copy()
    worse[..., 5] = np.where(rng.random(found.shape[:2]) < 0.2, found[..., 5] * 0.3, found[..., 5])
    whole = [evaluate_resampled("map_50", one, labels)[0].value for one in (found, worse)]
    assert whole[0] is not None
    assert whole[1] is not None
    loss = Loss(value=whole[0] - whole[1])
    held, trials = 0, 200
    for _ in range(trials):
        picks = rng.choice(3_000, 80, replace=False)
        both = []
        for one in (found, worse):
            metric, drawn = evaluate_resampled("map_50", one[picks], labels[picks])
            assert metric.value is not None
            assert drawn is not None
            both.append(Judged(Resampled(metric.value, drawn, 80), True, False))
        held += prove_loss(loss, both[0], both[1], 0.95).verdict is Answer.HELD
    assert held <= 21  # 5 % of 200, and the chance of more by luck is below one in a thousand
