"""tests of measure/: errors of reconstruction, what gives alarm by them, and the areas of two."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from optimizer.choose.significance import differences
from optimizer.data.labels import Task
from optimizer.errors import DataError, MeasurementError
from optimizer.measure.metrics import METRICS, evaluate, scores_of
from optimizer.measure.metrics.headline import first_metrics, headline
from optimizer.measure.misjudged import Rebuilt, misjudged
from optimizer.measure.reconstruction import alarms, reconstruction_errors, threshold_at
from tests.refused import refused

RNG = np.random.default_rng(5)


class Held:
    """Samples in memory."""

    names = ("noise", "x")

    def __init__(self, *inputs: Any) -> None:
        self._inputs = inputs

    def __len__(self) -> int:
        return len(self._inputs[0])

    def batch(self, start: int, stop: int) -> tuple[Any, ...]:
        return tuple(one[start:stop] for one in self._inputs)

    def at(self, positions: Any) -> tuple[Any, ...]:
        return tuple(one[positions] for one in self._inputs)


@pytest.mark.parametrize("kind", ["mse", "mae"])
@pytest.mark.parametrize("shape", [(5,), (4, 4, 1), (16,)], ids=["vectors", "pictures", "flat"])
def test_the_error_of_a_sample_is_the_mean_over_its_values(kind: str, shape: Any) -> None:
    taken = (4, 4, 1) if shape == (16,) else shape
    x = RNG.normal(size=(300, *taken)).astype(np.float32)
    outputs = RNG.normal(size=(300, *shape)).astype(np.float32)
    found = reconstruction_errors(outputs, Held(x[:, :2], x), kind)
    for at in (0, 255, 256, 299):
        pairs = list(zip(outputs[at].ravel().tolist(), x[at].ravel().tolist(), strict=True))
        by_hand = [(a - b) ** 2 if kind == "mse" else abs(a - b) for a, b in pairs]
        assert found[at] == pytest.approx(sum(by_hand) / len(by_hand), rel=1e-6)


def test_an_output_that_rebuilds_nothing_says_so() -> None:
    with refused(MeasurementError, "gives 7 a sample", "no input", "rebuild"):
        reconstruction_errors(np.zeros((3, 7), np.float32), Held(np.zeros((3, 5))), "mse")


@pytest.mark.parametrize(("n", "share", "place"), [(99, 0.05, 95), (19, 0.05, 19), (9, 0.2, 8)])
def test_the_threshold_lets_a_share_of_normal_samples_pass(
    n: int, share: float, place: int
) -> None:
    errors = RNG.permutation(np.arange(1.0, n + 1))
    assert threshold_at(errors, share) == (place, True)
    assert threshold_at(errors[:3], 0.05) == (errors[:3].max(), False)


def test_new_normal_samples_give_no_more_alarms_than_allowed() -> None:
    rates = []
    for _ in range(400):
        known, new = RNG.exponential(size=(2, 50))
        rates.append((new > threshold_at(known, 0.1)[0]).mean())
    # (n + 1)(1 − 0.1) = 45.9: the 46th of 50, above which a new one lies with 5 / 51.
    assert np.mean(rates) == pytest.approx(5 / 51, abs=4 * 0.3 / np.sqrt(400 * 50) * 2)


def test_alarms_keep_the_order_of_errors_and_say_yes_above_the_threshold() -> None:
    errors = np.array([0.0, 1e-9, 0.5, 0.999999999, 1.0, 1.000000001, 2.0, 1e6, 1e6 + 1, np.inf])
    found = alarms(errors * 0.3, 0.3)[:, 0]
    assert (np.diff(found) >= 0).all()
    assert found[7] > found[6] > found[4] == 0.5 > found[2] > found[0] == 0
    np.testing.assert_array_equal(found > 0.5, errors > 1)
    assert np.isnan(alarms(np.array([np.nan, 1.0]), 0.5)[:, 0]).tolist() == [True, False]
    assert alarms(np.array([0.0, 1e-30]), 0.0)[:, 0].tolist() == [0.5, 1.0]


def example(n: int = 200) -> tuple[Any, Any]:
    """Errors of normal samples and of anomalies, with ties."""
    odd = (np.arange(n) % 5 == 0).astype(int)
    return np.round(RNG.exponential(1 + 2 * odd), 1) + 0.1, odd


def test_the_metrics_of_anomalies_are_those_of_a_plain_loop() -> None:
    errors, odd = example()
    threshold = 2.5
    decided = alarms(errors, threshold)
    both = [(e > threshold, bool(o)) for e, o in zip(errors.tolist(), odd.tolist(), strict=True)]
    found = sum(said and is_odd for said, is_odd in both)
    false = sum(said and not is_odd for said, is_odd in both)
    anomalies, normal = sum(o for _, o in both), sum(not o for _, o in both)
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, is_a in zip(errors.tolist(), odd.tolist(), strict=True) if is_a
        for b, is_b in zip(errors.tolist(), odd.tolist(), strict=True) if not is_b
    ]  # fmt: skip
    expected = {
        "auc": sum(pairs) / len(pairs),
        "recall": found / anomalies,
        "precision": found / (found + false),
        "false_alarm_rate": false / normal,
        "balanced_accuracy": (found / anomalies + 1 - false / normal) / 2,
    }
    for name, value in expected.items():
        assert evaluate(name, decided, odd).value == pytest.approx(value, abs=1e-6), name
    of_normal = [e for e, is_odd in zip(errors.tolist(), odd.tolist(), strict=True) if not is_odd]
    mean = evaluate("reconstruction_error", errors.astype(np.float32), odd)
    assert mean.value == pytest.approx(sum(of_normal) / len(of_normal), rel=1e-6)
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < np.mean(of_normal) < mean.high
    scores = scores_of("reconstruction_error", errors.astype(np.float32), odd)
    assert scores.mean() == pytest.approx(mean.value)


def test_average_precision_of_errors_is_the_sum_over_thresholds() -> None:
    errors, odd = example()
    total, reached = 0.0, 0.0
    for threshold in sorted(set(errors.tolist()), reverse=True):
        said = errors >= threshold
        recall = (said & (odd == 1)).sum() / odd.sum()
        total += (recall - reached) * (said & (odd == 1)).sum() / said.sum()
        reached = recall
    assert evaluate("average_precision", alarms(errors, 2.0), odd).value == pytest.approx(
        total, abs=1e-6
    )


def test_of_no_normal_sample_or_no_anomaly_nothing_is_made_up() -> None:
    decided, errors = np.full((6, 1), 0.4, np.float32), np.ones(6, np.float32)
    for name in ("auc", "average_precision", "recall"):
        assert evaluate(name, decided, np.zeros(6, int)).value is None
    assert evaluate("false_alarm_rate", decided, np.ones(6, int)).value is None
    assert evaluate("reconstruction_error", errors, np.ones(6, int)).value is None


# ---- areas are compared in pairs -------------------------------------------------------------


def by_delong(first: Any, second: Any, odd: Any) -> tuple[float, float]:
    """The difference of two areas and its standard error, by the paper's sums over pairs."""
    components = []
    for scores in (first, second):
        yes, no = scores[odd == 1], scores[odd == 0]
        won = (yes[:, None] > no[None]) + 0.5 * (yes[:, None] == no[None])
        components.append((won.mean(axis=1), won.mean(axis=0)))
    (yes_1, no_1), (yes_2, no_2) = components
    s10, s01 = np.cov(yes_1, yes_2), np.cov(no_1, no_2)
    s = s10 / len(yes_1) + s01 / len(no_1)
    return yes_2.mean() - yes_1.mean(), float(np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1]))


def test_scores_of_an_area_have_its_mean_and_delongs_variance() -> None:
    errors, odd = example(400)
    other = np.round(errors + RNG.normal(size=len(errors)), 1)
    scores = [scores_of("auc", one.astype(np.float32)[:, None], odd) for one in (errors, other)]
    for one, values in zip(scores, (errors, other), strict=True):
        area = evaluate("auc", values.astype(np.float32)[:, None], odd).value
        assert one.mean() == pytest.approx(area, abs=1e-6)
    value, error = by_delong(errors, other, odd)
    apart = scores[1] - scores[0]
    assert apart.mean() == pytest.approx(value, abs=1e-6)
    assert apart.std() / np.sqrt(len(apart)) == pytest.approx(error, rel=0.01)  # n or n − 1
    (found,) = differences("auc", scores[0], [scores[1]])
    assert found.value == pytest.approx(value, abs=1e-6)
    expected = 2 * NormalDist().cdf(-abs(value) / error)
    assert found.p_value == pytest.approx(expected, rel=0.3)
    assert found.low is not None
    assert found.low == pytest.approx(value - 1.96 * error, abs=0.2 * error)


def test_scores_of_the_area_of_several_classes_have_its_mean() -> None:
    labels = RNG.integers(0, 4, 200)
    outputs = (np.eye(4)[labels] + RNG.normal(size=(200, 4))).astype(np.float32)
    value = evaluate("auc", outputs, labels).value
    assert scores_of("auc", outputs, labels).mean() == pytest.approx(value, abs=1e-6)


def test_what_comes_first_for_anomalies() -> None:
    assert headline(Task.ANOMALY, (90, 10), None) == "auc"
    assert headline(Task.ANOMALY, (90, 0), None) == "reconstruction_error"
    assert headline(Task.ANOMALY, (90, 10), "balanced_accuracy") == "balanced_accuracy"
    assert set(first_metrics(Task.ANOMALY)) == {"auc", "balanced_accuracy", "reconstruction_error"}
    assert METRICS["reconstruction_error"].of_errors
    with refused(DataError, "all of one class", "AUC cannot come first", "Choose another metric"):
        headline(Task.ANOMALY, (90, 0), "auc")
    with refused(DataError, "all anomalies", "no false alarm", "Give normal samples"):
        headline(Task.ANOMALY, (0, 9), None)


# ---- what a variant gets wrong ---------------------------------------------------------------


def test_what_the_variant_alone_gets_wrong_is_shown_first() -> None:
    #                 right  wrong  both wrong  surely wrong  right
    mine = np.array([[0.1], [0.6], [0.7], [0.9], [0.8]], np.float32)
    float32 = np.array([[0.1], [0.4], [0.7], [0.3], [0.8]], np.float32)
    labels = np.array([0, 0, 0, 0, 1])
    assert misjudged(mine, float32, labels).tolist() == [3, 1, 2]
    outputs = np.arange(10, dtype=np.float32).reshape(5, 2)
    kept = Rebuilt.of(outputs, -outputs, misjudged(mine, float32, labels))
    assert kept.answers.tolist() == [[6, 7], [2, 3], [4, 5]]
    assert kept.expected.tolist() == [[-6, -7], [-2, -3], [-4, -5]]


def test_where_nothing_is_wrong_what_changed_most_is_shown() -> None:
    mine = np.array([[0.1], [0.2], [0.9]], np.float32)
    float32 = np.array([[0.1], [0.4], [0.8]], np.float32)
    assert misjudged(mine, float32, np.array([0, 0, 1])).tolist() == [1, 2, 0]
