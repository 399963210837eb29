"""tests of measure/: classes of positions, against plain loops and Keras's own metrics."""

import numpy as np
import pytest

from optimizer.data.position_labels import UNJUDGED
from optimizer.errors import MeasurementError
from optimizer.measure.confusion import position_matrix, position_scores
from optimizer.measure.disagreement import disagreement
from optimizer.measure.fidelity import fidelity
from optimizer.measure.metrics import evaluate, scores_of
from tests.refused import refused

N, HEIGHT, WIDTH, CLASSES = 30, 6, 5, 4
RNG = np.random.default_rng(11)
LABELS = RNG.integers(0, CLASSES, (N, HEIGHT, WIDTH))
OUTPUTS = RNG.normal(size=(N, HEIGHT, WIDTH, CLASSES)).astype(np.float32)
OUTPUTS[np.arange(CLASSES) == LABELS[..., None]] += 1  # right more often than by chance
SAID = OUTPUTS.argmax(axis=-1)


def by_hand(said: np.ndarray, true: np.ndarray) -> tuple[float, float, float]:
    """Accuracy, mean IoU and mean Dice, class by class."""
    ious, dices = [], []
    for one in range(CLASSES):
        both = np.sum((said == one) & (true == one))
        ious.append(both / np.sum((said == one) | (true == one)))
        dices.append(2 * both / (np.sum(said == one) + np.sum(true == one)))
    return float(np.mean(said == true)), float(np.mean(ious)), float(np.mean(dices))


def measured(outputs: np.ndarray, labels: np.ndarray) -> list[float | None]:
    return [evaluate(name, outputs, labels).value for name in NAMES]


NAMES = ("position_accuracy", "mean_iou", "dice")


def test_metrics_are_what_a_plain_loop_counts() -> None:
    assert measured(OUTPUTS, LABELS) == pytest.approx(by_hand(SAID, LABELS))


def test_mean_iou_is_keras_own() -> None:
    import keras

    metric = keras.metrics.MeanIoU(CLASSES)
    metric.update_state(LABELS, SAID)
    assert evaluate("mean_iou", OUTPUTS, LABELS).value == pytest.approx(float(metric.result()))


def test_channels_first_give_the_same_numbers() -> None:
    first = np.ascontiguousarray(OUTPUTS.transpose(0, 3, 1, 2))
    assert measured(first, LABELS) == measured(OUTPUTS, LABELS)
    np.testing.assert_array_equal(position_matrix(first, LABELS), position_matrix(OUTPUTS, LABELS))


def test_one_value_a_position_decides_at_a_half_or_at_zero() -> None:
    labels = LABELS % 2
    shares = RNG.random((N, HEIGHT, WIDTH, 1)).astype(np.float32)
    for outputs in (shares, shares[..., 0], 8 * shares - 4):
        right = np.mean((shares[..., 0] > 0.5) == labels)
        assert evaluate("position_accuracy", outputs, labels).value == pytest.approx(right)


def test_what_nobody_judged_counts_nowhere() -> None:
    labels = np.where(RNG.random(LABELS.shape) < 0.3, UNJUDGED, LABELS)
    judged = labels != UNJUDGED
    accuracy, iou, dice = by_hand(SAID[judged], labels[judged])
    assert measured(OUTPUTS, labels)[1:] == pytest.approx([iou, dice])
    shares = [np.mean(SAID[at][judged[at]] == labels[at][judged[at]]) for at in range(N)]
    np.testing.assert_allclose(scores_of("position_accuracy", OUTPUTS, labels), shares)
    assert accuracy == pytest.approx(np.average(shares, weights=judged.sum(axis=(1, 2))))
    assert position_matrix(OUTPUTS, labels).sum() == judged.sum()


def test_mean_class_accuracy_is_the_mean_of_the_recalls_of_all_positions() -> None:
    labels = np.where(RNG.random(LABELS.shape) < 0.3, UNJUDGED, LABELS)
    labels[:, 0] = np.minimum(labels[:, 0], 0)  # classes are not alike
    recalls = [
        np.mean(SAID[labels == one] == one) for one in range(CLASSES) if np.any(labels == one)
    ]
    found = evaluate("mean_class_accuracy", OUTPUTS, labels)
    assert found.value == pytest.approx(np.mean(recalls))
    scores = scores_of("mean_class_accuracy", OUTPUTS, labels)
    assert scores.mean() == pytest.approx(np.mean(recalls))
    rare = labels.copy()
    rare[rare == 1] = 0
    rare[0, 1, 0] = 1  # one position, which is said to be something else
    never = np.where(SAID == 1, 0, SAID)
    outputs = np.eye(CLASSES, dtype=np.float32)[never]
    found = evaluate("mean_class_accuracy", outputs, rare)
    others = [np.mean(never[rare == one] == one) for one in range(CLASSES) if one != 1]
    assert found.value == pytest.approx(sum(others) / CLASSES)


def test_intervals_are_of_samples_not_of_positions() -> None:
    right = np.arange(N) < N // 2  # half of the samples are right in all positions, half in none
    outputs = np.eye(CLASSES, dtype=np.float32)[(LABELS + ~right[:, None, None]) % CLASSES]
    found = evaluate("position_accuracy", outputs, LABELS)
    assert found.value == pytest.approx(0.5)
    assert found.low is not None
    assert found.high is not None
    # Normal approximation for 30 samples: 2 · 1.96 · √(0.25 / 30) = 0.358; of 900 positions 0.065.
    assert found.high - found.low == pytest.approx(0.358, abs=0.04)


def test_classes_have_recall_precision_iou_and_an_interval() -> None:
    found = position_scores(OUTPUTS, LABELS)
    matrix = position_matrix(OUTPUTS, LABELS)
    assert found.iou is not None
    for one in range(CLASSES):
        assert matrix[one].sum() == found.samples[one] == np.sum(one == LABELS)
        assert found.recall[one] == pytest.approx(np.mean(SAID[one == LABELS] == one))
        assert found.precision[one] == pytest.approx(np.mean(LABELS[one == SAID] == one))
        union = np.sum((one == SAID) | (one == LABELS))
        assert found.iou[one] == pytest.approx(matrix[one, one] / union)
        assert found.low[one] < found.recall[one] < found.high[one]


def test_agreement_and_disagreement_are_of_positions() -> None:
    other = OUTPUTS.copy()
    other[3, 0, 0] = -other[3, 0, 0]
    other[7, :2] = -other[7, :2]
    apart = np.sum(other.argmax(-1) != SAID, axis=(1, 2))
    assert apart[7] > apart[3] > 0
    agreement = fidelity([other], [OUTPUTS], classes={0}).agreement
    assert agreement == pytest.approx(1 - apart.sum() / SAID.size)
    different = disagreement(other, OUTPUTS, classes=True)
    assert different.samples.tolist() == [7, 3]
    np.testing.assert_array_equal(different.answers[0], other[7].argmax(-1))
    np.testing.assert_array_equal(different.expected[0], SAID[7])


def test_outputs_of_other_positions_are_refused() -> None:
    with refused(MeasurementError, "same positions"):
        evaluate("position_accuracy", OUTPUTS[..., :1], LABELS[:, 1:])


def test_nan_is_no_class() -> None:
    broken = OUTPUTS.copy()
    broken[0, 0, 0, 2] = np.nan
    assert evaluate("position_accuracy", broken, LABELS).value is None
    assert position_matrix(broken, LABELS).sum() == LABELS.size - 1
