"""tests of measure/: pictures as targets, against TensorFlow's own PSNR and SSIM."""

import numpy as np
import pytest

from optimizer.measure.metrics import evaluate, scores_of
from optimizer.measure.metrics.pictures import peak

RNG = np.random.default_rng(6)
N, SIDE = 12, 24
TARGETS = RNG.random((N, SIDE, SIDE, 3)).cumsum(axis=1).cumsum(axis=2)
TARGETS = (TARGETS / TARGETS.max()).astype(np.float32)
OUTPUTS = np.clip(TARGETS + RNG.normal(0, 0.05, TARGETS.shape), 0, 1).astype(np.float32)


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (2, -1), (255, 0)])
def test_psnr_and_ssim_are_tensorflows(scale: float, shift: float) -> None:
    import tensorflow as tf

    targets, outputs = scale * TARGETS + shift, scale * OUTPUTS + shift
    targets[0, 0, 0, 0], targets[0, 0, 0, 1] = shift, scale + shift
    assert peak(targets) == pytest.approx(scale)
    expected = np.asarray(tf.image.ssim(targets, outputs, scale))
    np.testing.assert_allclose(scores_of("ssim", outputs, targets), expected, atol=2e-4)
    errors = np.square(targets.astype(np.float64) - outputs).mean()
    found = evaluate("psnr", outputs, targets)
    assert found.value == pytest.approx(10 * np.log10(scale**2 / errors), abs=1e-3)
    single = np.asarray(tf.image.psnr(targets[:1], outputs[:1], scale))
    alone = evaluate("psnr", outputs[:1], targets[:1]).value
    assert alone is not None
    if peak(targets[:1]) == pytest.approx(scale):
        assert alone == pytest.approx(float(single[0]), abs=1e-3)


def test_what_is_met_exactly_has_no_noise_to_speak_of() -> None:
    assert evaluate("psnr", TARGETS, TARGETS).value is None
    assert evaluate("ssim", TARGETS, TARGETS).value == pytest.approx(1)


@pytest.mark.parametrize("shape", [(N, 4), (N, 8, 8, 1), (N, 16, 16), (N, 16, 16, 9)])
def test_values_that_are_no_pictures_have_neither(shape: tuple[int, ...]) -> None:
    values = RNG.random(shape).astype(np.float32)
    for name in ("psnr", "ssim"):
        assert evaluate(name, values, values).value is None
