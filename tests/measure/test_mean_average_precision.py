"""tests of measure/: mAP, against COCO's own evaluation, a plain loop, and values by hand."""

import numpy as np
import pytest

from optimizer.measure.detection.overlap import overlap
from optimizer.measure.metrics import evaluate, evaluate_resampled
from optimizer.measure.metrics.mean_average_precision import average_precisions

ONE = (0.1, 0.1, 0.5, 0.5)
OTHER = (0.6, 0.6, 0.9, 0.9)


def rows(*boxes: tuple[float, ...], most: int = 4) -> np.ndarray:
    """Boxes (class, left, top, right, bottom, score or how it counts) of one sample."""
    filled = np.zeros((most, 6))
    filled[:, 0] = -1
    filled[: len(boxes)] = np.array(boxes).reshape(-1, 6)
    return filled


def scenes(seed: int, n: int, classes: int, *, crowds: bool) -> tuple[np.ndarray, np.ndarray]:
    """Boxes, and detections near them, doubled, of another class, or of nothing; scores tie."""
    rng = np.random.default_rng(seed)
    labels, found = np.zeros((n, 8, 6)), np.zeros((n, 30, 6), np.float32)
    labels[..., 0] = found[..., 0] = -1
    for k in range(n):
        for b in range(rng.integers(0, 8)):
            w, h = rng.uniform(0.05, 0.5, 2)
            x, y = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
            kind = rng.choice([0, 1, 2], p=[0.85, 0.0, 0.15]) if crowds else 0
            labels[k, b] = (rng.integers(classes), x, y, x + w, y + h, kind)
        m = 0
        for b in range(8):
            if labels[k, b, 0] < 0:
                continue
            for _ in range(rng.integers(0, 4)):
                number = labels[k, b, 0] if rng.random() < 0.85 else rng.integers(classes)
                box = labels[k, b, 1:5] + rng.normal(0, 0.02, 4)
                box = np.sort(box.reshape(2, 2), axis=0).ravel()
                found[k, m] = (number, *box, np.round(rng.random(), 2))
                m += 1
        for _ in range(rng.integers(0, 4)):
            box = np.sort(rng.random((2, 2)), axis=0).ravel()
            found[k, m] = (rng.integers(classes), *box, np.round(rng.random() * 0.7, 2))
            m += 1
        found[k] = found[k][np.argsort(-found[k, :, 5], kind="stable")]
    return found, labels


@pytest.mark.parametrize(
    ("seed", "n", "classes", "crowds", "all_overlaps", "at_half"),
    [
        (0, 60, 4, True, 0.20697093451474532, 0.4105702521837478),
        (1, 60, 1, False, 0.27220858486785604, 0.5453364926278106),
        (2, 200, 9, True, 0.21140569368099374, 0.4499305073150111),
        (3, 7, 2, False, 0.21921059551010044, 0.40429466023525434),
        (4, 3, 3, True, 0.6425742574257426, 0.834983498349835),
    ],
)
def test_map_is_what_pycocotools_gives(
    seed: int, n: int, classes: int, crowds: bool, all_overlaps: float, at_half: float
) -> None:
    # Of pycocotools 2.0.10, stats[0] and stats[1] of COCOeval on the same boxes.
    found, labels = scenes(seed, n, classes, crowds=crowds)
    assert evaluate("map", found, labels).value == pytest.approx(all_overlaps, abs=1e-12)
    assert evaluate("map_50", found, labels).value == pytest.approx(at_half, abs=1e-12)


def plainly(found: np.ndarray, labels: np.ndarray, number: int, least: float) -> float:
    """The average precision of one class at one overlap, without crowds, detection by detection."""
    taken: set[tuple[int, int]] = set()
    points, right = [], 0
    true = int((labels[..., 0] == number).sum())
    every = [
        (-found[k, m, 5], k, m)
        for k in range(len(found))
        for m in range(found.shape[1])
        if found[k, m, 0] == number
    ]
    for done, (_, k, m) in enumerate(sorted(every), 1):
        best, at = least, None
        for b in range(labels.shape[1]):
            if labels[k, b, 0] != number or (k, b) in taken:
                continue
            share = overlap(found[k, m : m + 1, 1:5].astype(float), labels[k, b : b + 1, 1:5])[0, 0]
            if share >= best:
                best, at = share, b
        if at is not None:
            taken.add((k, at))
            right += 1
        points.append((right / true, right / done))
    return float(np.mean([
        max([p for r, p in points if r >= recall], default=0.0) for recall in np.linspace(0, 1, 101)
    ]))  # fmt: skip


def test_each_class_has_the_average_precision_of_a_plain_loop() -> None:
    found, labels = scenes(5, 40, 3, crowds=False)
    for least in (0.5, 0.75):
        mine = average_precisions(found, labels, np.array([least]))
        wanted = {number: plainly(found, labels, number, least) for number in range(3)}
        assert mine == pytest.approx(wanted)


def test_one_right_of_two_boxes_is_51_of_101() -> None:
    # Recalls 0, 0.01, … 0.5 are reached with precision 1, the others never.
    labels = rows((0, *ONE, 0), (0, *OTHER, 0))[None]
    found = rows((0, *ONE, 0.9))[None].astype(np.float32)
    assert evaluate("map", found, labels).value == pytest.approx(51 / 101)


def test_a_wrong_box_counts_by_its_score_alone() -> None:
    labels = rows((0, *ONE, 0))[None]
    wrong_last = rows((0, *ONE, 0.9), (0, *OTHER, 0.5))[None]
    wrong_first = rows((0, *OTHER, 0.95), (0, *ONE, 0.9))[None]
    assert evaluate("map", wrong_last, labels).value == 1.0
    assert evaluate("map", wrong_first, labels).value == pytest.approx(0.5)


@pytest.mark.parametrize("kind", [1, 2], ids=["difficult", "crowd"])
def test_what_need_not_be_found_changes_nothing_when_it_is(kind: int) -> None:
    labels = rows((0, *ONE, 0), (0, *OTHER, kind))[None]
    found = rows((0, *OTHER, 0.95), (0, *ONE, 0.9))[None]
    assert evaluate("map", found, labels).value == 1.0


def test_an_overlap_of_two_thirds_counts_up_to_0_65() -> None:
    labels = rows((0, 0.0, 0.0, 1.0, 1.0, 0))[None]
    found = rows((0, 0.0, 0.0, 2 / 3 + 1e-6, 1.0, 0.9))[None]  # 0.5, 0.55, 0.6 and 0.65 of ten
    assert evaluate("map", found, labels).value == pytest.approx(0.4)


def test_nothing_to_find_and_nan_have_no_map() -> None:
    found = rows((0, *ONE, 0.9))[None]
    assert evaluate("map", found, rows()[None]).value is None
    assert evaluate("map", np.full_like(found, np.nan), rows((0, *ONE, 0))[None]).value is None


def test_the_interval_is_of_resampled_pictures() -> None:
    found, labels = scenes(1, 60, 1, crowds=False)
    metric, drawn = evaluate_resampled("map", found, labels)
    assert drawn is not None
    rng = np.random.default_rng(3)
    mine = []
    for _ in range(150):
        picks = rng.integers(0, 60, 60)
        mine.append(average_precisions(found[picks], labels[picks], np.linspace(0.5, 0.95, 10))[0])
    assert metric.low == pytest.approx(np.quantile(mine, 0.025), abs=0.02)
    assert metric.high == pytest.approx(np.quantile(mine, 0.975), abs=0.02)
    assert np.std(drawn) == pytest.approx(np.std(mine), rel=0.2)


def test_a_resample_is_the_metric_of_the_pictures_drawn() -> None:
    from optimizer.measure.bootstrap import draws
    from optimizer.measure.metrics.metric import METRICS

    found, labels = scenes(2, 30, 4, crowds=True)
    of_all = METRICS["map"].of_all
    assert of_all is not None
    weighted = of_all(found, labels)
    assert weighted is not None
    counts = next(draws(30, 5))
    for times, value in zip(counts, weighted.values(np.ascontiguousarray(counts.T)), strict=True):
        picks = np.repeat(np.arange(30), times.astype(int))
        # Equal scores are ranked by sample, so that copies stay beside each other.
        assert value == pytest.approx(evaluate("map", found[picks], labels[picks]).value, abs=0.02)
