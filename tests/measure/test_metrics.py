"""tests of measure/: metrics and their intervals."""

import json
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from statsmodels.stats.proportion import proportion_confint

from optimizer.data.labels import HEADLINE, Task
from optimizer.errors import MeasurementError
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import METRICS, evaluate, others, predicted_classes, scores_of

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


def example(name: str, n: int, seed: int = 0) -> tuple[Any, Any]:
    """Outputs better than chance, and labels, as the first task of the metric has them."""
    rng = np.random.default_rng(seed)
    task = METRICS[name].tasks[0]
    if name in {"psnr", "ssim"}:
        pictures = rng.random((n, 12, 12, 1))
        noise = rng.random((n, 1, 1, 1)) * rng.normal(size=pictures.shape) / 5
        return (pictures + noise).astype(np.float32), pictures
    if task in {Task.REGRESSION, Task.FORECAST}:
        values = rng.normal(size=(n, 2))
        return (values + rng.normal(size=(n, 2))).astype(np.float32), values
    if task is Task.DETECTION:
        boxes = np.zeros((n, 2, 6))
        boxes[..., 0] = rng.integers(0, 3, (n, 2))
        boxes[..., 1:3] = rng.random((n, 2, 2)) / 2
        boxes[..., 3:5] = boxes[..., 1:3] + 0.3
        found = boxes.copy()
        found[..., 1:5] += rng.normal(size=(n, 2, 4)) / 12
        found[..., 5] = rng.random((n, 2))
        return found.astype(np.float32), boxes
    if task is Task.MULTI_LABEL:
        decided = (rng.random((n, 4)) < 0.4).astype(np.float32)
        return (decided + rng.normal(size=(n, 4))).astype(np.float32), decided
    if name in {"recall", "precision", "average_precision"} or task is Task.ANOMALY:
        rare = (rng.random(n) < 0.3).astype(int)
        return (rare - 0.5 + rng.normal(size=n) / 2).astype(np.float32)[:, None], rare
    labels = rng.integers(0, 8, n)
    return (np.eye(8)[labels] + rng.normal(size=(n, 8)) / 2).astype(np.float32), labels


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_lies_in_its_interval(name: str) -> None:
    found = evaluate(name, *example(name, 300))
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    if METRICS[name].share:
        assert found.low >= 0
        assert found.high <= 1


@pytest.mark.parametrize("name", METRICS)
def test_more_samples_give_a_narrower_interval(name: str) -> None:
    few, many = (evaluate(name, *example(name, n)) for n in (100, 3_000))
    assert few.high is not None
    assert few.low is not None
    assert many.high is not None
    assert many.low is not None
    assert many.high - many.low < (few.high - few.low) / 2


@pytest.mark.parametrize("name", METRICS)
def test_outputs_that_are_not_numbers_have_no_value(name: str) -> None:
    outputs, labels = example(name, 20)
    outputs[3] = np.nan
    assert evaluate(name, outputs, labels) == Metric(name, None, None, None, 20)


@pytest.mark.parametrize("name", METRICS)
def test_one_sample_can_be_evaluated(name: str) -> None:
    found = evaluate(name, *example(name, 1))
    undefined = {"auc", "r2", "recall", "precision", "average_precision"}
    assert (found.value is None) == (name in undefined)
    assert (found.low is not None) == METRICS[name].proportion
    assert TypeAdapter(Metric).validate_python(json.loads(json.dumps(asdict(found)))) == found


def test_each_task_has_a_first_metric_with_a_score_for_each_sample_but_detection() -> None:
    for task, name in HEADLINE.items():
        assert task in METRICS[name].tasks
        assert (METRICS[name].score is None) == (task is Task.DETECTION)
        assert name not in others(task, name)
    beside = others(Task.CLASSIFICATION, "balanced_accuracy")
    assert beside == (
        "accuracy", "auc", "average_precision", "macro_f1", "precision", "recall", "top5",
    )  # fmt: skip
    assert others(Task.REGRESSION, "mae") == ("psnr", "r2", "rmse", "ssim")
    assert others(Task.FORECAST, "mae") == ("mase", "r2", "rmse")
    assert others(Task.UNLABELLED, None) == ()


# ---- checked against their definitions -------------------------------------------------------


def area_by_pairs(scores: np.ndarray, positive: np.ndarray, drawn: np.ndarray) -> float:
    """The share of pairs that are in order, ties half, each pair as often as it was drawn."""
    first, second = scores[positive][:, None], scores[~positive][None]
    pairs = drawn[positive][:, None] * drawn[~positive][None]
    return float((pairs * ((first > second) + 0.5 * (first == second))).sum() / pairs.sum())


@pytest.mark.parametrize("steps", [2, 5, 1_000], ids=lambda n: f"{n} scores")
def test_auc_is_the_share_of_pairs_in_order(steps: int) -> None:
    rng = np.random.default_rng(steps)
    for _ in range(20):
        labels = rng.permutation([0] * 20 + [1] * 12)
        outputs = (rng.integers(0, steps, 32) / steps).astype(np.float32)[:, None]
        found = evaluate("auc", outputs, labels)
        expected = area_by_pairs(outputs[:, 0], labels == 1, np.ones(32))
        assert found.value == pytest.approx(expected, abs=1e-6)


def test_auc_counts_each_sample_as_often_as_it_was_drawn() -> None:
    rng = np.random.default_rng(0)
    labels, drawn = rng.permutation([0] * 20 + [1] * 12), rng.integers(0, 4, (32, 6))
    outputs = (rng.integers(0, 6, 32) / 6).astype(np.float32)[:, None]
    weighted = METRICS["auc"].of_all
    assert weighted is not None
    found = weighted(outputs, labels)
    assert found is not None
    expected = [area_by_pairs(outputs[:, 0], labels == 1, column) for column in drawn.T]
    np.testing.assert_allclose(found.values(drawn.astype(np.float32)), expected, rtol=1e-5)


def test_auc_of_several_classes_is_the_mean_of_each_against_the_rest() -> None:
    outputs, labels = example("auc", 60)
    odds = np.exp(outputs)
    shares = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    expected = np.mean(
        [area_by_pairs(shares[:, at], labels == at, np.ones(60)) for at in np.unique(labels)]
    )
    for given in (outputs, shares):
        assert evaluate("auc", given, labels).value == pytest.approx(expected, abs=1e-6)


def test_auc_of_several_labels_is_the_mean_of_each() -> None:
    outputs, labels = example("label_accuracy", 60)
    expected = np.mean(
        [area_by_pairs(outputs[:, at], labels[:, at] == 1, np.ones(60)) for at in range(4)]
    )
    assert evaluate("auc", outputs, labels).value == pytest.approx(expected, abs=1e-6)


def test_auc_of_a_single_class_means_nothing() -> None:
    outputs = np.random.default_rng(0).random((20, 3)).astype(np.float32)
    assert evaluate("auc", outputs, np.ones(20, int)).value is None
    assert evaluate("auc", outputs[:, :1], np.ones(20, int)).value is None


def test_auc_leaves_out_classes_that_do_not_occur() -> None:
    outputs, labels = example("auc", 60)
    some = labels < 3
    assert evaluate("auc", outputs[some], labels[some]).value is not None


def f1_by_counting(said: np.ndarray, wanted: np.ndarray) -> float:
    both = np.count_nonzero(said & wanted)
    return 2 * both / (np.count_nonzero(said) + np.count_nonzero(wanted))


def test_macro_f1_is_the_mean_of_the_classes() -> None:
    outputs, labels = example("macro_f1", 60)
    found = predicted_classes(outputs)
    classes = np.union1d(found, labels)
    expected = np.mean([f1_by_counting(found == at, labels == at) for at in classes])
    assert evaluate("macro_f1", outputs, labels).value == pytest.approx(expected)


def test_macro_f1_of_several_labels_is_the_mean_of_the_labels() -> None:
    outputs, labels = example("label_accuracy", 60)
    expected = np.mean([f1_by_counting(outputs[:, at] > 0, labels[:, at] == 1) for at in range(4)])
    assert evaluate("macro_f1", outputs, labels).value == pytest.approx(expected)


def test_macro_f1_notices_a_class_that_is_never_found() -> None:
    outputs, labels = np.zeros((100, 2), np.float32), np.repeat([0, 1], [95, 5])
    outputs[:, 0] = 1
    accuracy, f1 = evaluate("accuracy", outputs, labels), evaluate("macro_f1", outputs, labels)
    assert accuracy.value == 0.95
    assert f1.value == pytest.approx((2 * 95 / 195) / 2)


def test_r2_is_the_explained_share_of_the_variance() -> None:
    outputs, labels = example("r2", 200)
    squares = np.square(outputs - labels).sum(axis=0)
    expected = np.mean(1 - squares / np.square(labels - labels.mean(axis=0)).sum(axis=0))
    assert evaluate("r2", outputs, labels).value == pytest.approx(expected)


def test_r2_of_pictures_is_of_all_their_pixels_together() -> None:
    """A corner that hardly changes is off by more than it changes, and decides nothing."""
    rng = np.random.default_rng(6)
    labels = rng.normal(0, 1, (80, 5, 4, 2))
    labels[:, 0, 0] = 0.5 + 0.001 * rng.normal(size=(80, 2))
    outputs = (labels + rng.normal(0, 0.2, labels.shape)).astype(np.float32)
    by_channel = []
    for channel in range(2):
        wrong = changes = 0.0
        for row in range(5):
            for column in range(4):
                y, told = labels[:, row, column, channel], outputs[:, row, column, channel]
                wrong += sum((y - told) ** 2)
                changes += sum((y - sum(y) / len(y)) ** 2)
        by_channel.append(1 - wrong / changes)
    found = evaluate("r2", outputs, labels)
    assert found.value == pytest.approx(np.mean(by_channel))
    assert np.mean(by_channel) > 0.9
    apart = evaluate("r2", outputs.reshape(80, -1), labels.reshape(80, -1))
    assert apart.value is not None
    assert apart.value < 0
    assert found.low is not None
    assert found.high is not None
    assert found.low < np.mean(by_channel) < found.high


def test_r2_of_the_mean_is_zero_and_of_constant_labels_nothing() -> None:
    labels = np.random.default_rng(0).normal(1e6, 1, (50, 1))
    weighted = METRICS["r2"].of_all
    assert weighted is not None
    mean: Any = np.full((50, 1), labels.mean())  # float32 would be too coarse for the labels
    found = weighted(mean, labels)
    assert found is not None
    [value] = found.values(np.ones((50, 1), np.float32))
    assert value == pytest.approx(0, abs=1e-6)
    assert evaluate("r2", mean.astype(np.float32), np.ones((50, 1))).value is None


def test_label_accuracy_is_the_share_of_right_decisions() -> None:
    outputs = np.array([[0.9, 0.2, 0.6], [0.1, 0.1, 0.4]], np.float32)
    found = evaluate("label_accuracy", outputs, np.array([[1, 0, 0], [0, 0, 1]]))
    assert found.value == pytest.approx(4 / 6)


def test_decisions_of_logits_and_of_their_sigmoid_are_the_same() -> None:
    outputs, labels = example("label_accuracy", 100)
    sigmoid = (1 / (1 + np.exp(-outputs))).astype(np.float32)
    for name in ("label_accuracy", "macro_f1", "auc"):
        mine, theirs = evaluate(name, outputs, labels), evaluate(name, sigmoid, labels)
        assert mine.value == pytest.approx(theirs.value)


def test_top5_means_nothing_for_five_classes() -> None:
    outputs = np.random.default_rng(0).random((20, 5)).astype(np.float32)
    assert evaluate("top5", outputs, np.zeros(20)) == Metric("top5", None, None, None, 20)


def test_intervals_of_ten_thousand_samples_take_about_a_second() -> None:
    for name in ("auc", "macro_f1", "r2"):
        outputs, labels = example(name, 10_000)
        before = time.process_time()
        evaluate(name, outputs, labels)
        assert time.process_time() - before < 4, name


def test_very_many_classes_and_samples_have_a_value_without_an_interval() -> None:
    rng = np.random.default_rng(0)
    outputs = rng.random((4_000, 600)).astype(np.float32)
    found = evaluate("auc", outputs, rng.integers(0, 600, 4_000))
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert found.low is None


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
    with pytest.raises(
        MeasurementError, match="accuracy, auc, average_precision, balanced_accuracy"
    ):
        evaluate("f1", np.zeros((5, 3), np.float32), np.zeros(5))


def test_a_metric_without_scores_says_so() -> None:
    with pytest.raises(MeasurementError, match="all samples together"):
        scores_of("macro_f1", np.zeros((5, 3), np.float32), np.zeros(5))


def test_decisions_that_do_not_fit_are_named() -> None:
    with pytest.raises(MeasurementError, match=r"shape \(5, 3\), the labels \(5, 4\)"):
        evaluate("label_accuracy", np.zeros((5, 3), np.float32), np.zeros((5, 4)))
