"""tests of measure/: fidelity to the float32 variant."""

import numpy as np
import pytest

from optimizer.measure.fidelity import fidelity
from optimizer.measure.measurements import Fidelity

RNG = np.random.default_rng(2)
REFERENCE = [RNG.random((50, 4)).astype(np.float32)]


def noisy(size: float) -> list[np.ndarray]:
    return [
        r + np.float32(size) * RNG.standard_normal(r.shape).astype(np.float32) for r in REFERENCE
    ]


def test_identical_outputs_agree_fully_and_have_no_finite_snr() -> None:
    found = fidelity(REFERENCE, REFERENCE, classes={0})
    assert found.agreement == 1.0
    assert found.snr_db is None
    assert found.max_error == 0.0


def test_ten_times_the_noise_costs_twenty_decibels() -> None:
    little = fidelity(noisy(0.001), REFERENCE, classes={0})
    much = fidelity(noisy(0.01), REFERENCE, classes={0})
    assert little.snr_db is not None
    assert much.snr_db is not None
    assert little.snr_db - much.snr_db == pytest.approx(20, abs=1.5)


def test_outputs_that_are_no_classes_have_no_agreement() -> None:
    assert fidelity(noisy(0.01), REFERENCE, classes=()).agreement is None


def test_swapped_classes_do_not_agree() -> None:
    assert fidelity([-REFERENCE[0]], REFERENCE, classes={0}).agreement == 0.0


def test_every_head_must_agree() -> None:
    two = [REFERENCE[0], REFERENCE[0]]
    assert fidelity([REFERENCE[0], -REFERENCE[0]], two, classes={0, 1}).agreement == 0.0


def test_outputs_that_are_not_numbers_have_no_fidelity() -> None:
    broken = [np.full((50, 4), np.nan, np.float32)]
    assert fidelity(broken, REFERENCE, classes={0}) == Fidelity(None, None, None)


def test_a_silent_reference_has_no_snr() -> None:
    silent = [np.zeros((5, 3), np.float32)]
    found = fidelity([np.ones((5, 3), np.float32)], silent, classes={0})
    assert (found.snr_db, found.max_error) == (None, 1.0)
