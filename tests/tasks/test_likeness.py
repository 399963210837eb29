"""tests of tasks/: without labels, how near a file's outputs are to float32's on each sample."""

import numpy as np
import pytest

from optimizer.measure.snr import snr_db
from optimizer.tasks.likeness import likeness, likeness_of_all


def test_of_classes_it_is_whether_they_agree() -> None:
    theirs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32)
    mine = np.array([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], np.float32)
    scores = likeness(mine, theirs, None)
    assert scores.dtype == bool
    assert scores.tolist() == [True, False, True]
    found = likeness_of_all(scores, theirs)
    assert (found.name, found.n) == ("agreement", 3)
    assert found.value == pytest.approx(2 / 3)


def test_of_positions_it_is_the_share_that_agrees() -> None:
    theirs = np.tile(np.array([0.9, 0.1], np.float32), (2, 4, 1))
    mine = theirs.copy()
    mine[1, 0] = [0.1, 0.9]
    assert likeness(mine, theirs, None).tolist() == [1.0, 0.75]


def test_of_values_it_is_the_noise_over_the_signal() -> None:
    rng = np.random.default_rng(3)
    theirs = rng.normal(5, 3, (200, 1)).astype(np.float32)
    mine = (theirs + rng.normal(0, 0.3, theirs.shape)).astype(np.float32)
    found = likeness_of_all(likeness(mine, theirs, None), theirs)
    decibels = snr_db(theirs - theirs.mean(), mine - theirs.mean())
    assert decibels
    assert found.name == "noise"
    assert found.value == pytest.approx(10 ** (-decibels / 10), rel=1e-4)


def test_scores_that_are_lost_beside_boxes_in_pixels_are_noise() -> None:
    """Of six numbers two are scores, which a file calls 0: a third of what is told is lost."""
    rng = np.random.default_rng(4)
    boxes, scores = rng.uniform(0, 640, (100, 16, 4)), rng.uniform(0, 1, (100, 16, 2))
    theirs = np.concatenate([boxes, scores], axis=2).astype(np.float32)
    mine = theirs.copy()
    mine[..., 4:] = theirs[..., 4:].mean(axis=(0, 1))
    decibels = snr_db(theirs, mine)
    assert decibels
    assert decibels > 50
    found = likeness_of_all(likeness(mine, theirs, None), theirs)
    assert found.value == pytest.approx(1 / 3, rel=1e-3)


def test_what_never_varies_is_counted_in_its_own_size() -> None:
    theirs = np.stack([np.array([1, -1] * 10), np.full(20, 5.0)], axis=1).astype(np.float32)
    mine = theirs + np.array([0, 0.5], np.float32)
    found = likeness_of_all(likeness(mine, theirs, None), theirs)
    assert found.value == pytest.approx(0.1**2)  # noise of 0 and 0.1² beside a signal of 1 and 0


def test_identical_outputs_have_no_noise_and_broken_ones_no_number() -> None:
    theirs = np.array([[3.0], [4.0]], np.float32)
    assert likeness_of_all(likeness(theirs, theirs, None), theirs).value == 0
    broken = np.array([[3.0], [np.nan]], np.float32)
    assert likeness_of_all(likeness(broken, theirs, None), theirs).value is None
