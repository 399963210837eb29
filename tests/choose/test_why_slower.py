"""tests of choose/: why a variant is slower than the baseline."""

from dataclasses import replace

from optimizer.choose.why_slower import why_slower
from optimizer.measure.measurements import OperatorTime, Profile
from optimizer.store.records import Variant
from tests.variants import latency, variant

CONVOLUTION, DENSE = "Convolution (NHWC, F32) IGEMM", "Fully Connected (NC, F32) GEMM"


def profile_of(*steps: tuple[str, float, bool]) -> Profile:
    """From names, milliseconds and whether XNNPACK ran each."""
    total = sum(milliseconds for _, milliseconds, _ in steps)
    return Profile(
        tuple(
            OperatorTime(name, None if fast else node, milliseconds, milliseconds / total, fast)
            for node, (name, milliseconds, fast) in enumerate(steps)
        ),
        runs=10,
    )


BASELINE = profile_of((CONVOLUTION, 0.8, True), (DENSE, 0.2, True))


def slow(types: dict[str, int]) -> Variant:
    """A variant that takes twice as long, with tensors of these types."""
    made = variant("int16x8", latency=latency(2.0, 2.0))
    return made.model_copy(update={"contents": replace(made.contents, tensor_types=types)})


def test_operators_without_a_fast_kernel_are_named_with_their_share() -> None:
    found = profile_of(
        ("QUANTIZE", 0.01, False), ("CONV_2D", 2.1, False), ("DEPTHWISE_CONV_2D", 0.8, False),
        ("CONV_2D", 1.9, False), ("SOFTMAX", 0.09, False),
    )  # fmt: skip
    types = {"INT16": 7, "INT8": 4, "FLOAT32": 2}
    assert why_slower(slow(types), found, BASELINE) == (
        "CONV_2D and DEPTHWISE_CONV_2D have no XNNPACK kernel for int16 activations and run on "
        "slower ones of the runtime; they take 98 % of the time."
    )


def test_weights_alone_in_int8_are_named_where_they_cost_the_fast_kernel() -> None:
    found = profile_of(("DEPTHWISE_CONV_2D", 0.65, False), (CONVOLUTION, 0.35, True))
    assert why_slower(slow({"FLOAT32": 8, "INT8": 4}), found, BASELINE) == (
        "DEPTHWISE_CONV_2D has no XNNPACK kernel for float32 activations with int8 weights and "
        "runs on slower ones of the runtime; it takes 65 % of the time."
    )


def test_types_are_not_blamed_where_they_are_not_the_reason() -> None:
    found = profile_of(("SOFTMAX", 0.5, False), ("Convolution (NHWC, QC8) IGEMM", 0.5, True))
    said = why_slower(slow({"INT8": 11}), found, BASELINE)
    assert said
    assert said.startswith("SOFTMAX has no XNNPACK kernel and runs")


def test_what_is_as_slow_in_the_baseline_is_no_reason() -> None:
    """The loop of a recurrent model is never XNNPACK's."""
    before = profile_of(("WHILE", 1.0, False))
    said = why_slower(slow({"INT8": 4}), profile_of(("WHILE", 1.5, False)), before)
    assert said == (
        "No operator lost its fast kernel; the time of WHILE has grown most, from 1 to 1.5 ms."
    )


def test_quantizing_at_every_call_is_the_reason_for_dynamic_range() -> None:
    found = profile_of(
        ("Convert (NC, F32, QDU8)", 0.1, True),
        ("Convolution (NHWC, QDU8, F32, QC8W) IGEMM", 0.7, True),
        ("Softmax (NC, F32)", 0.2, True),
    )
    assert why_slower(slow({"FLOAT32": 9, "INT8": 3}), found, BASELINE) == (
        "Its weights are int8 but its activations are float32 and are quantized anew at every "
        "call; the operators that do so take 80 % of the time."
    )


def test_converting_back_and_forth_is_a_reason() -> None:
    found = profile_of(
        ("Convert (NC)", 0.2, True), ("DEQUANTIZE", 0.04, True), (CONVOLUTION, 0.76, True)
    )
    assert why_slower(slow({"INT8": 4}), found, BASELINE) == (
        "Converting values from one type to another takes 24 % of its time."
    )


def test_nothing_is_said_where_it_may_be_chance() -> None:
    found = profile_of(("CONV_2D", 1.0, False))
    uncertain = replace(latency(1.005, 1.005), ratio_low=0.995)
    made = slow({"INT16": 7})
    assert why_slower(made.model_copy(update={"latency": uncertain}), found, BASELINE) is None
    assert why_slower(made.model_copy(update={"latency": None}), found, BASELINE) is None


def test_nothing_is_said_without_profiles_or_if_they_are_alike() -> None:
    made = slow({"INT16": 7})
    assert why_slower(made, None, BASELINE) is None
    assert why_slower(made, BASELINE, None) is None
    assert why_slower(made, BASELINE, BASELINE) is None
