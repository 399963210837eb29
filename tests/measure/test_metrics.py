"""tests of measure/: metrics and their intervals."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from pydantic import TypeAdapter
from statsmodels.stats.proportion import proportion_confint

from optimizer.errors import MeasurementError
from optimizer.measure.metrics import METRICS, evaluate, predicted_classes, scores_of
from optimizer.measure.results import Metric

SIMULATED = 2_000


def right(count: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of two classes of which the first `count` are right."""
    outputs = np.zeros((n, 2), np.float32)
    outputs[:count, 1] = 1
    return outputs, np.ones(n, int)


@pytest.mark.parametrize(("count", "n"), [(0, 1), (1, 1), (7, 10), (5_910, 6_000)])
def test_the_interval_of_an_accuracy_is_wilsons(count: int, n: int) -> None:
    found = evaluate("accuracy", *right(count, n))
    expected = proportion_confint(count, n, method="wilson")
    assert found.value == pytest.approx(count / n)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


def neighbourhood(truth: float, rng: np.random.Generator) -> np.ndarray:
    """True accuracies around one.

    Counts are whole numbers, so the coverage of any interval at one exact truth jumps: with
    n = 100 and 0.99 Wilson's holds 0, 1 and 2 errors, 92.1 %, and an interval that held 3 as
    well would have 98.2 %. Nothing lies between. Around the truth the jumps average out.
    """
    return rng.uniform(truth - 0.8 * (1 - truth), truth + 0.8 * (1 - truth), SIMULATED)


@pytest.mark.parametrize("n", [100, 1_000, 10_000])
@pytest.mark.parametrize("truth", [0.5, 0.9, 0.99])
def test_an_interval_of_95_percent_holds_the_truth_in_93_to_97_percent(
    truth: float, n: int
) -> None:
    rng = np.random.default_rng(5)
    truths = neighbourhood(truth, rng) if truth > 0.5 else np.full(SIMULATED, truth)
    counts = rng.binomial(n, truths)
    ends = {}
    for count in np.unique(counts).tolist():
        found = evaluate("accuracy", *right(count, n))
        ends[count] = (found.low, found.high)
    low, high = np.array([ends[count] for count in counts.tolist()]).T
    assert 0.93 <= np.mean((low <= truths) & (truths <= high)) <= 0.97


def test_an_error_interval_holds_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(6)
    truth = np.sqrt(2 / np.pi)  # mean of |N(0, 1)|
    held = 0
    for _ in range(200):
        errors = rng.standard_normal((300, 1)).astype(np.float32)
        found = evaluate("mae", errors, np.zeros((300, 1)))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 182 <= held <= 198


def test_the_same_evaluation_gives_the_same_interval() -> None:
    outputs = np.random.default_rng(7).random((50, 1)).astype(np.float32)
    assert evaluate("rmse", outputs, np.ones(50)) == evaluate("rmse", outputs, np.ones(50))


def test_rmse_is_at_least_mae_and_both_lie_in_their_intervals() -> None:
    outputs = np.random.default_rng(8).normal(size=(200, 3)).astype(np.float32)
    mae, rmse = (evaluate(name, outputs, np.zeros((200, 3))) for name in ("mae", "rmse"))
    assert mae.value is not None
    assert rmse.value is not None
    assert mae.value < rmse.value
    for found in (mae, rmse):
        assert found.low is not None
        assert found.value is not None
        assert found.high is not None
        assert found.low < found.value < found.high


@pytest.mark.parametrize("name", METRICS)
def test_outputs_that_are_not_numbers_have_no_value(name: str) -> None:
    outputs = np.full((20, 1), np.nan, np.float32)
    outputs = np.repeat(outputs, 8, axis=1) if METRICS[name].proportion else outputs
    assert evaluate(name, outputs, np.zeros(20)) == Metric(name, None, None, None, 20)


@pytest.mark.parametrize("name", METRICS)
def test_one_sample_and_one_class_can_be_evaluated(name: str) -> None:
    found = evaluate(name, np.zeros((1, 1), np.float32), np.zeros(1))
    assert found.value == (1.0 if METRICS[name].proportion else 0.0)
    assert TypeAdapter(Metric).validate_python(json.loads(json.dumps(asdict(found)))) == found


@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_logits_and_probabilities_give_the_same_classes(shift: float) -> None:
    logits = np.random.default_rng(9).normal(size=(100, 5)).astype(np.float32)
    odds = np.exp(logits)
    probabilities = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    assert np.array_equal(
        predicted_classes(logits + np.float32(shift)), predicted_classes(probabilities)
    )


def test_one_logit_and_its_sigmoid_give_the_same_classes() -> None:
    logits = np.random.default_rng(10).normal(size=(100, 1)).astype(np.float32)
    sigmoid = (1 / (1 + np.exp(-logits))).astype(np.float32)
    assert np.array_equal(predicted_classes(logits), predicted_classes(sigmoid))
    assert set(predicted_classes(logits)) == {0, 1}


def test_labels_may_be_indices_columns_or_one_hot() -> None:
    rng = np.random.default_rng(11)
    outputs, labels = rng.random((30, 4)).astype(np.float32), rng.integers(0, 4, 30)
    expected = scores_of("accuracy", outputs, labels)
    assert np.array_equal(scores_of("accuracy", outputs, labels[:, None]), expected)
    assert np.array_equal(scores_of("accuracy", outputs, np.eye(4)[labels]), expected)


def test_top5_is_never_below_accuracy() -> None:
    rng = np.random.default_rng(12)
    outputs, labels = rng.random((300, 20)).astype(np.float32), rng.integers(0, 20, 300)
    first, five = scores_of("accuracy", outputs, labels), scores_of("top5", outputs, labels)
    assert five.sum() > first.sum()
    assert (five >= first).all()


def test_labels_that_do_not_fit_are_named() -> None:
    with pytest.raises(MeasurementError, match=r"shape \(7,\), but 5"):
        evaluate("accuracy", np.zeros((5, 3), np.float32), np.zeros(7))


def test_an_unknown_metric_says_which_there_are() -> None:
    with pytest.raises(MeasurementError, match="accuracy, top5, mae, rmse"):
        evaluate("f1", np.zeros((5, 3), np.float32), np.zeros(5))
