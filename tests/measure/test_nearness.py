"""tests of measure/: each output and each component beside the baseline's, by hand."""

import math

import numpy as np
import pytest

from optimizer.measure.diagnosis.components import off_components
from optimizer.measure.diagnosis.unexplained import unexplained
from optimizer.measure.nearness import nearness

SIGNS = np.array([1, -1] * 50, np.float32)


def test_a_component_that_a_mean_hides_stands_by_itself() -> None:
    """Metres of deviation 20 are off by 1, radians of deviation 0.5 by 0.25."""
    theirs = np.stack([50 + 20 * SIGNS, 3 + 0.5 * SIGNS], axis=1).astype(np.float32)
    mine = theirs + np.array([1, 0.25], np.float32)
    [pose, score] = nearness(["pose", "score"], [mine, SIGNS], [theirs, SIGNS], [])
    assert (pose.output, pose.max_error) == ("pose", 1)
    assert [one.number for one in pose.components] == [1, 2]
    assert [one.error for one in pose.components] == pytest.approx([1, 0.25])
    assert [one.of_spread for one in pose.components] == pytest.approx([1 / 20, 0.5])
    powers = (50**2 + 20**2, 3**2 + 0.5**2)  # Σ r² / n of a mean and two signs
    wanted = [
        10 * math.log10(power / error**2) for power, error in zip(powers, (1, 0.25), strict=True)
    ]
    assert [one.snr_db for one in pose.components] == pytest.approx(wanted)
    assert pose.snr_db == pytest.approx(10 * math.log10(sum(powers) / (1 + 0.0625)))
    assert (score.snr_db, score.max_error, score.components) == (None, 0, ())
    [said] = off_components("pose", mine, theirs)
    assert said.startswith("Component 2 of “pose” is off by 50 % of its own spread")
    assert "the median of the others by 5.0 %" in said


def test_what_has_no_components_has_none() -> None:
    classes = np.stack([SIGNS, -SIGNS], axis=1)
    wide = np.ones((4, 65), np.float32)
    steady = np.stack([SIGNS, 0 * SIGNS + 4], axis=1)
    broken = np.where(SIGNS > 0, SIGNS, np.nan)[:, None].repeat(2, axis=1)
    found = nearness(
        list("abcd"), [classes, wide, steady, broken], [classes, wide, steady, classes], [0]
    )
    assert [len(one.components) for one in found] == [0, 0, 2, 0]
    assert [one.of_spread for one in found[2].components] == [0, None]
    assert (found[3].snr_db, found[3].max_error) == (None, None)


def test_a_component_that_the_model_does_not_explain_is_named() -> None:
    labels = np.stack([SIGNS, 10 * SIGNS, SIGNS * 0 + 2], axis=1)
    answers = labels.copy()
    assert unexplained("pose", answers, labels) == ()
    answers[:, 1] = -5 * SIGNS  # errors of 15 beside a deviation of 10
    [said] = unexplained("pose", answers, labels)
    assert said.startswith("1 component of “pose” (number 2, R² -1.2)")
    answers[:, 0] = -SIGNS
    assert unexplained("pose", answers, labels) == (), "all are: the whole's R² says so"
    assert unexplained("score", answers[:, :1], labels[:, :1]) == ()
