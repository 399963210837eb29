"""tests of measure/: what each operator takes, and the process that finds it out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import MeasurementError
from optimizer.measure.litert_profiler import Step
from optimizer.measure.measurements import Profile
from optimizer.measure.own_process import measure_in_own_process
from optimizer.measure.profile import summarise
from tests.samples import ArraySamples
from tests.tflite_files import read_contents


@pytest.fixture(scope="module")
def long_files(convert: Callable[..., Path], variants: dict[str, Path]) -> list[tuple[Path, Any]]:
    """Files with samples that take long enough for whole microseconds on the fastest CPU.

    A convolution of 38 million multiplications in float, and the small network in int16x8, which
    has no fast kernels.
    """
    import keras

    data = keras.Input((64, 64, 3))
    hidden = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(data)
    model = keras.Model(data, keras.layers.Conv2D(32, 3, padding="same")(hidden))
    rng = np.random.default_rng(2)
    small = ArraySamples((rng.random((4, 12, 12, 3), np.float32),))
    large = ArraySamples((rng.random((2, 64, 64, 3), np.float32),))
    return [(convert(model), large), (variants["int16x8"], small)]


def profile_of(file: Path, samples: Any) -> Profile:
    told = measure_in_own_process(file, samples, seconds=0.05)
    assert told.reason is None
    assert told.profile
    return told.profile


def test_the_profile_of_int16x8_is_its_operators_in_order_and_none_is_fast(
    variants: dict[str, Path], images: Any
) -> None:
    """XNNPACK has no kernels for them, so that each is run by itself."""
    profile = profile_of(variants["int16x8"], images)
    assert not any(step.delegated for step in profile.operators)
    names = [step.name for step in profile.operators]
    assert {name: names.count(name) for name in names} == read_contents(
        variants["int16x8"]
    ).operators
    assert [step.node for step in profile.operators] == list(range(len(names)))


def test_the_profile_of_float32_is_all_fast_kernels(long_files: list[tuple[Path, Any]]) -> None:
    profile = profile_of(*long_files[0])
    assert profile.runs >= 3
    assert all(step.delegated and step.node is None for step in profile.operators)
    assert any(step.name.startswith("Convolution (NHWC, F32)") for step in profile.operators)


def test_shares_add_up_to_the_whole(long_files: list[tuple[Path, Any]]) -> None:
    for file, samples in long_files:
        profile = profile_of(file, samples)
        assert sum(step.share for step in profile.operators) == pytest.approx(1)
        assert all(step.milliseconds >= 0 for step in profile.operators)


def step(name: str, microseconds: int, *, node: int = 0, delegated: bool = False) -> Step:
    return Step(name, node, microseconds, delegated)


def test_an_interrupted_run_does_not_count() -> None:
    runs = [[step("CONV_2D", 30), step("SOFTMAX", 10, node=1)] for _ in range(7)]
    runs.append([step("CONV_2D", 30_000), step("SOFTMAX", 10, node=1)])
    first, second = summarise(runs).operators
    assert (first.milliseconds, first.share) == (0.03, 0.75)
    assert (second.milliseconds, second.share) == (0.01, 0.25)


def test_times_are_finer_than_the_profilers_whole_microseconds() -> None:
    runs = [[step("CONV_2D", 3 + run % 2)] for run in range(40)]
    assert summarise(runs).operators[0].milliseconds == pytest.approx(0.0035)


def test_runs_with_other_steps_than_the_first_do_not_count() -> None:
    other = [step("CONV_2D", 30), step("CONV_2D", 30, node=1)]
    profile = summarise([[step("CONV_2D", 30)], other, [step("CONV_2D", 30)]])
    assert profile.runs == 2
    assert len(profile.operators) == 1


@pytest.mark.parametrize(
    "runs",
    [[], [[]], [[step("CONV_2D", 0)]]],
    ids=["no runs", "no steps", "no time"],
)
def test_without_times_there_is_no_profile(runs: list[list[Step]]) -> None:
    with pytest.raises(MeasurementError, match="sees no operator"):
        summarise(runs)
