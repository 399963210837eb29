"""tests of measure/: what is measured where a class is rare, against plain loops."""

import numpy as np
import pytest

from optimizer.data.labels import Task
from optimizer.errors import DataError
from optimizer.measure.metrics import evaluate, scores_of
from optimizer.measure.metrics.headline import first_metrics, headline
from tests.refused import refused

RNG = np.random.default_rng(8)
N = 400
RARE = (RNG.random(N) < 0.08).astype(int)
SURE = np.clip(0.25 * RARE + 0.7 * RNG.random(N), 0, 1).round(2).astype(np.float32)[:, None]
NAMES = ("recall", "precision", "average_precision")


def by_hand(sure: np.ndarray, true: np.ndarray, at: float = 0.5) -> tuple[float, float, float]:
    """Recall, precision and average precision by plain loops over thresholds."""
    said = sure > at
    hits = np.sum(said & (true == 1))
    area, before = 0.0, 0.0
    for value in sorted(set(sure.tolist()), reverse=True):
        above = sure >= value
        recall = np.sum(above & (true == 1)) / np.sum(true == 1)
        area += (recall - before) * np.mean(true[above] == 1)
        before = recall
    return hits / np.sum(true == 1), hits / np.sum(said), area


def measured(outputs: np.ndarray, labels: np.ndarray) -> list[float | None]:
    return [evaluate(name, outputs, labels).value for name in NAMES]


def test_recall_precision_and_average_precision_of_a_rare_yes() -> None:
    expected = by_hand(SURE[:, 0], RARE)
    assert measured(SURE, RARE) == pytest.approx(expected)
    logits = 10 * SURE - 5
    assert measured(logits, RARE) == pytest.approx(expected)
    two = np.concatenate([1 - SURE, SURE], axis=1)
    assert measured(two, RARE) == pytest.approx(expected)


def test_of_several_labels_it_is_their_mean() -> None:
    outputs = np.concatenate([SURE, SURE[::-1]], axis=1)
    labels = np.stack([RARE, RNG.permutation(RARE)], axis=1)
    single = [by_hand(outputs[:, at], labels[:, at]) for at in range(2)]
    assert measured(outputs, labels) == pytest.approx(np.mean(single, axis=0))


def test_of_three_classes_none_is_the_yes() -> None:
    assert measured(RNG.random((N, 3)).astype(np.float32), RARE) == [None] * 3


def test_balanced_accuracy_is_the_mean_of_the_recalls() -> None:
    labels = np.repeat([0, 1, 2], [300, 90, 10])
    outputs = RNG.random((N, 3)).astype(np.float32)
    outputs[:, 0] += 0.4
    said = outputs.argmax(axis=1)
    recalls = [np.mean(said[labels == one] == one) for one in range(3)]
    found = evaluate("balanced_accuracy", outputs, labels)
    assert found.value == pytest.approx(np.mean(recalls))
    assert scores_of("balanced_accuracy", outputs, labels).mean() == pytest.approx(np.mean(recalls))
    # Nearly all of its uncertainty is that of ten samples of the rarest class.
    deviation = np.sqrt(sum(r * (1 - r) / n for r, n in zip(recalls, (300, 90, 10), strict=True)))
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * deviation / 3, rel=0.35)


def test_where_all_is_right_balanced_accuracy_is_sure_of_it() -> None:
    found = evaluate("balanced_accuracy", 5 * np.eye(2, dtype=np.float32)[RARE], RARE)
    assert (found.low, found.value, found.high) == (1, 1, 1)


@pytest.mark.parametrize(
    ("task", "counts", "first"),
    [
        (Task.CLASSIFICATION, (950, 50), "balanced_accuracy"),
        (Task.CLASSIFICATION, (890, 110), "accuracy"),
        (Task.CLASSIFICATION, (500, 470, 30), "balanced_accuracy"),
        (Task.CLASSIFICATION, (950, 9), "accuracy"),
        (Task.CLASSIFICATION, (60, 40, 0), "accuracy"),
        (Task.CLASSIFICATION, (10,) * 100, "accuracy"),
        (Task.PER_POSITION, (9900, 100), "mean_class_accuracy"),
        (Task.PER_POSITION, (890, 110), "position_accuracy"),
        (Task.PER_POSITION, (9991, 9), "position_accuracy"),
        (Task.MULTI_LABEL, (99, 1), "label_accuracy"),
        (Task.REGRESSION, (), "mae"),
        (Task.UNLABELLED, (), None),
    ],
)
def test_where_a_class_is_rare_one_comes_first_in_which_all_count_alike(
    task: Task, counts: tuple[int, ...], first: str | None
) -> None:
    assert headline(task, counts, None) == first


def test_the_user_chooses_what_comes_first() -> None:
    assert headline(Task.CLASSIFICATION, (950, 50), "accuracy") == "accuracy"
    assert headline(Task.REGRESSION, (), "rmse") == "rmse"
    assert set(first_metrics(Task.CLASSIFICATION)) == {
        "accuracy",
        "auc",
        "balanced_accuracy",
        "top5",
    }
    for wrong in ("macro_f1", "mae", "nothing"):
        with refused(DataError, wrong, "accuracy, auc, balanced_accuracy, top5"):
            headline(Task.CLASSIFICATION, (), wrong)
