"""tests of measure/: what stands out of an operator's values, told of arrays that are made so."""

import numpy as np
import pytest

from optimizer.arrays import Array
from optimizer.measure.measurements import OperatorTime, Profile
from optimizer.measure.noise_causes import Seen, causes
from optimizer.measure.operator_times import times_by_number

RANDOM = np.random.default_rng(0)
PLAIN = RANDOM.random((8, 1, 6, 6, 16), np.float32)


def seen(samples: Array) -> Seen:
    """What is noted of a tensor: (samples, 1, ..., channels)."""
    found = Seen()
    for sample in samples:
        found.add(sample)
    return found


def told(name: str, given: Array, *taken: Array, is_output: bool = False, **more: Array) -> str:
    weights = more.get("weights")
    return " ".join(
        causes(name, seen(given), [seen(one) for one in taken], is_output=is_output,
               weights=weights)
    )  # fmt: skip


def test_of_values_that_fill_their_range_nothing_stands_out() -> None:
    assert told("CONV_2D", PLAIN, PLAIN, weights=RANDOM.normal(size=(16, 9))) == ""
    assert told("CONCATENATION", PLAIN, PLAIN, PLAIN) == ""
    assert told("FULLY_CONNECTED", PLAIN[:, :, 0, 0], is_output=True) == ""


def test_a_channel_that_dwarfs_the_others_is_named_with_how_much() -> None:
    given = PLAIN.copy()
    given[..., 5] *= 50
    said = told("CONV_2D", given)
    assert "range of channel 5" in said
    factor = np.ptp(given[..., 5]) / np.median(np.ptp(PLAIN.reshape(-1, 16), axis=0))
    assert f"{factor:.0f} times" in said


def test_outliers_are_told_from_a_wide_spread() -> None:
    given = PLAIN.copy()
    given[0, 0, 0, 0, 0] = 100
    assert "Outliers: 99.8 % of its values lie within 1 % of their range" in told("MUL", given)
    assert "Outliers" not in told("MUL", 100 * PLAIN)


def test_inputs_of_different_scales_that_are_joined_are_told() -> None:
    said = told("CONCATENATION", PLAIN, PLAIN, 30 * PLAIN)
    assert "differ 30 times" in said
    assert told("MUL", PLAIN, PLAIN, 30 * PLAIN) == "", "which gives them no common scale"


def test_weights_of_a_channel_near_zero_are_told_and_a_channel_of_zeros_is_not() -> None:
    weights = RANDOM.normal(size=(16, 9))
    weights[3] *= 1e-6
    assert "channel 3 are near zero" in told("DEPTHWISE_CONV_2D", PLAIN, weights=weights)
    weights[3] = 0
    assert told("DEPTHWISE_CONV_2D", PLAIN, weights=weights) == ""


def test_a_softmax_and_an_output_with_a_large_range_are_told() -> None:
    assert "softmax" in told("SOFTMAX", PLAIN)
    wide = RANDOM.normal(size=(64, 1, 1))
    wide[0] = 200
    assert "large range" in told("FULLY_CONNECTED", wide, is_output=True)
    assert "large range" not in told("FULLY_CONNECTED", wide)


# ---- times -----------------------------------------------------------------------------------

CONVOLUTION, DENSE = "Convolution (NHWC, F32) IGEMM", "Fully Connected (NC, F32) GEMM"
DEPTHWISE, SOFTMAX = "Convolution (NHWC, F32) DWConv", "Softmax (NC, F32)"
NAMES = ("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "FLOOR", "FULLY_CONNECTED", "SOFTMAX")


def profile(*steps: str) -> Profile:
    """A step takes as many milliseconds as it has steps before it; FLOOR is the runtime's own."""
    return Profile(
        tuple(
            OperatorTime(name, 3 if name == "FLOOR" else None, float(at), 0.1, name != "FLOOR")
            for at, name in enumerate(steps)
        ),
        9,
    )


def test_steps_of_xnnpack_are_told_apart_by_their_order() -> None:
    made = profile(CONVOLUTION, DEPTHWISE, DENSE, "FLOOR", "Static Reshape (NC)", DENSE, SOFTMAX)
    assert times_by_number(made, NAMES) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 5, 5: 6}


@pytest.mark.parametrize(
    "steps",
    [
        (CONVOLUTION, DEPTHWISE, "FLOOR", DENSE, SOFTMAX),  # one is missing
        (CONVOLUTION, CONVOLUTION, DENSE, "FLOOR", DENSE, SOFTMAX),  # one is of another kind
        (CONVOLUTION, DEPTHWISE, DENSE, "FLOOR", CONVOLUTION, SOFTMAX),
    ],
)
def test_of_steps_that_do_not_fit_the_operators_no_time_is_made_up(steps: tuple[str, ...]) -> None:
    assert times_by_number(profile(*steps), NAMES).keys() == {3, 5}
    assert times_by_number(None, NAMES) == {}
