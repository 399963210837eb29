"""tests of measure/: outputs that are probabilities are told from logits, also in int8."""

import numpy as np
import pytest

from optimizer.arrays import Float32s
from optimizer.measure.probabilities import in_0_to_1, sum_to_1
from optimizer.tflite.values import dequantize, quantize

LOGITS = np.random.default_rng(0).normal(0, 3, (200, 10)).astype(np.float32)


def softmax(logits: Float32s) -> Float32s:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Float32s = powers / powers.sum(axis=1, keepdims=True)
    return shares


def test_a_softmax_is_told_in_float_and_in_int8() -> None:
    floats = softmax(LOGITS)
    stored = quantize(floats, np.int8, 1 / 256, -128)
    for outputs in (floats, dequantize(stored, 1 / 256, -128)):
        assert in_0_to_1(outputs)
        assert sum_to_1(outputs)
    assert sum_to_1(floats[0]), "a row by itself too"


def test_logits_are_none() -> None:
    assert not in_0_to_1(LOGITS)
    assert not sum_to_1(LOGITS)


def test_decisions_lie_in_0_to_1_and_need_not_sum_to_1() -> None:
    sigmoid = 1 / (1 + np.exp(-LOGITS))
    assert in_0_to_1(sigmoid)
    assert not sum_to_1(sigmoid)


def test_an_int8_sigmoid_whose_range_ends_a_little_above_1_is_still_one() -> None:
    assert in_0_to_1(np.array([0.0, 0.5, 1.0039], np.float32))
    assert not in_0_to_1(np.array([0.0, 0.5, 1.2], np.float32))
    assert not in_0_to_1(np.array([-0.1, 0.5], np.float32))


@pytest.mark.parametrize("shape", [(5, 1), (1,)])
def test_one_value_a_row_is_no_share_of_anything(shape: tuple[int, ...]) -> None:
    assert not sum_to_1(np.ones(shape, np.float32))


def test_what_is_not_a_number_is_left_aside_or_no_share() -> None:
    broken = np.array([[0.5, np.nan]], np.float32)
    assert in_0_to_1(broken)
    assert not sum_to_1(broken)
