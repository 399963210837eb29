"""tests of measure/: which classes are taken for which, and where variants disagree."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from optimizer.measure.confusion import class_scores, confusion_matrix, decision_counts
from optimizer.measure.disagreement import FURTHEST, WIDEST, disagreement

TRUE = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 0, 1, 1, 2, 2])


def one_hot(classes: np.ndarray, count: int = 3) -> np.ndarray:
    rows: np.ndarray = np.eye(count, dtype=np.float32)[classes]
    return rows


def test_rows_are_true_classes_and_columns_are_predicted_ones() -> None:
    assert confusion_matrix(one_hot(SAID), TRUE).tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]


def test_one_hot_labels_give_the_same_matrix() -> None:
    assert np.array_equal(
        confusion_matrix(one_hot(SAID), one_hot(TRUE)), confusion_matrix(one_hot(SAID), TRUE)
    )


def test_one_sigmoid_has_two_classes() -> None:
    outputs = np.array([[0.1], [0.9], [0.8]], np.float32)
    assert confusion_matrix(outputs, np.array([0, 0, 1])).tolist() == [[1, 1], [0, 1]]


def test_samples_that_are_not_numbers_are_not_counted() -> None:
    outputs = one_hot(SAID)
    outputs[0] = np.nan
    assert confusion_matrix(outputs, TRUE).sum() == len(TRUE) - 1


def test_each_class_has_recall_interval_and_precision() -> None:
    found = class_scores(confusion_matrix(one_hot(SAID), TRUE))
    assert found.samples.tolist() == [3, 2, 1]
    assert found.recall.tolist() == pytest.approx([2 / 3, 1 / 2, 1])
    assert found.precision.tolist() == pytest.approx([1, 1 / 2, 1 / 2])
    for place, (right, count) in enumerate([(2, 3), (1, 2), (1, 1)]):
        low, high = proportion_confint(right, count, method="wilson")
        assert (found.low[place], found.high[place]) == pytest.approx((low, high))


def test_a_class_that_does_not_occur_has_no_scores() -> None:
    found = class_scores(confusion_matrix(one_hot(SAID[:3]), TRUE[:3]))
    assert np.isnan(found.recall[2])
    assert np.isnan(found.low[2])
    assert np.isnan(found.precision[2])


def test_each_label_of_several_has_a_matrix_of_its_own() -> None:
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.9]], np.float32)
    labels = np.array([[1, 1], [0, 1], [0, 1]])
    counts = decision_counts(outputs, labels)
    assert counts.tolist() == [[[1, 1], [0, 1]], [[0, 0], [1, 2]]]
    found = class_scores(counts)
    assert found.samples.tolist() == [1, 3]
    assert found.recall.tolist() == pytest.approx([1, 2 / 3])
    assert found.precision.tolist() == pytest.approx([1 / 2, 1])


def test_classes_disagree_where_the_top_one_differs() -> None:
    found = disagreement(one_hot(SAID), one_hot(TRUE), classes=True)
    assert found.samples.tolist() == [2, 4]
    assert found.answers.tolist() == [1, 2]
    assert found.expected.tolist() == [0, 1]


def test_numbers_disagree_most_where_they_are_furthest_apart() -> None:
    rng = np.random.default_rng(0)
    reference = rng.random((500, 2)).astype(np.float32)
    outputs = reference.copy()
    outputs[[7, 300]] += np.array([[0.1, 0], [0, 0.5]], np.float32)
    found = disagreement(outputs, reference, classes=False)
    assert found.samples.tolist() == [300, 7]
    assert np.array_equal(found.answers, outputs[[300, 7]])


def test_of_numbers_only_the_furthest_are_kept_and_of_large_outputs_only_their_places() -> None:
    reference = np.zeros((400, WIDEST + 1), np.float32)
    outputs = reference + np.arange(400, dtype=np.float32)[:, None]
    found = disagreement(outputs, reference, classes=False)
    assert found.samples.tolist() == list(range(399, 399 - FURTHEST, -1))
    assert found.answers.shape == (FURTHEST, 0)


def test_an_answer_that_is_no_number_is_furthest_of_all() -> None:
    reference = np.zeros((3, 1), np.float32)
    outputs = np.array([[0], [np.nan], [1]], np.float32)
    assert disagreement(outputs, reference, classes=False).samples.tolist() == [1, 2]
