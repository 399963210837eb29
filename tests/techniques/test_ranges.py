"""tests of techniques/: which range of an activation its 256 steps cover, and scales of weights."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.measure.snr import snr_db
from optimizer.recipes import parse
from optimizer.techniques.ranges import Ranges, WeightScales, clipped
from optimizer.techniques.technique import Sources
from optimizer.tflite.flatbuffer import read_flatbuffer
from tests.samples import ArraySamples
from tests.techniques.conftest import Content, MakeSources

RANDOM = np.random.default_rng(3)
NORMAL = RANDOM.normal(size=30_000).astype(np.float32)
HEAVY = np.concatenate([NORMAL, [60.0, -50.0]]).astype(np.float32)
OF_VALUES = [method for method in Ranges if method.of_values]


def ends(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def rounding_error(values: npt.NDArray[np.float32], low: float, high: float) -> float:
    """As the LiteRT specification stores an activation, with a zero point."""
    scale = (high - low) / 255
    zero = round(-128 - low / scale)
    stored = np.clip(np.rint(values / scale) + zero, -128, 127)
    return float(np.square(values - scale * (stored - zero)).mean())


@pytest.mark.parametrize("method", [Ranges.PERCENTILE, Ranges.ENTROPY], ids=lambda one: one.value)
def test_outliers_are_cut_off_and_plain_values_are_hardly(method: Ranges) -> None:
    low, high = clipped(HEAVY, *ends(HEAVY), method)
    assert high - low < 0.35 * np.ptp(HEAVY)
    low, high = clipped(NORMAL, *ends(NORMAL), method)
    assert high - low > 0.5 * np.ptp(NORMAL)
    assert ends(NORMAL)[0] <= low < 0 < high <= ends(NORMAL)[1]


@pytest.mark.parametrize("count", [40, 400, 4000])
def test_entropy_cuts_off_few_of_the_values_that_are_not_0_however_few_there_are(
    count: int,
) -> None:
    values = np.concatenate([np.zeros(20 * count), np.abs(NORMAL[:count]) ** 2]).astype(np.float32)
    low, high = clipped(values, *ends(values), Ranges.ENTROPY)
    assert low == 0
    assert (values > high + 1e-6).sum() <= 0.005 * count


def test_percentiles_are_those_of_numpy() -> None:
    low, high = clipped(HEAVY, *ends(HEAVY), Ranges.PERCENTILE)
    assert (low, high) == pytest.approx(tuple(np.percentile(HEAVY, [0.1, 99.9])), rel=1e-6)


def test_the_least_squared_error_is_less_than_that_of_every_other_share() -> None:
    heavy = NORMAL**3  # whose best range is a part of the whole
    low, high = clipped(heavy, *ends(heavy), Ranges.MSE)
    chosen = rounding_error(heavy, low, high)
    others = [
        rounding_error(heavy, share * ends(heavy)[0], share * ends(heavy)[1])
        for share in np.linspace(0.1, 1, 10)
    ]
    assert chosen <= 1.1 * min(others)
    assert chosen < others[-1]


def test_of_a_constant_nothing_is_cut() -> None:
    zeros = np.zeros(9, np.float32)
    for method in OF_VALUES:
        assert clipped(zeros, 0.0, 0.0, method) == (0.0, 0.0)


# ---- in a file -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outlying(sources_of: MakeSources) -> Sources:
    """A network of which one value in one calibration sample is far larger than all others."""
    import keras

    keras.utils.set_random_seed(4)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu")(inputs)
    x = keras.layers.Conv2D(8, 3, activation="relu")(x)
    outputs = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x))
    samples = RANDOM.normal(size=(60, 8, 8, 3)).astype(np.float32)
    samples[7, 4, 4, 0] = 300
    return sources_of(keras.Model(inputs, outputs), ArraySamples((samples,)))


def convert(sources: Sources, **told: Any) -> bytes:
    text = ",".join(f"{name}={value}" for name, value in told.items())
    return parse(f"mixed({text})").conversion.convert(sources)


def input_scale(content: bytes) -> float:
    """Of the first quantized activation."""
    graph = read_flatbuffer(content).graphs[0]
    return float(graph.numbered[0].inputs[0].quantization.scales[0])  # type: ignore[union-attr]


def test_each_way_to_tell_ranges_gives_other_scales(outlying: Sources) -> None:
    assert outlying.calibration
    samples: Any = outlying.calibration.batch(0, 60)[0]
    scales = {method: input_scale(convert(outlying, ranges=method.value)) for method in Ranges}
    assert scales[Ranges.MIN_MAX] == pytest.approx(np.ptp(samples) / 255, rel=1e-4)
    low, high = np.percentile(samples, [0.1, 99.9])
    assert scales[Ranges.PERCENTILE] == pytest.approx((high - low) / 255, rel=0.1)
    assert all(scales[one] < scales[Ranges.MIN_MAX] for one in Ranges if one != Ranges.MIN_MAX)


def test_without_the_outlier_usual_samples_come_nearer_to_float(
    outlying: Sources, run: Any
) -> None:
    x = RANDOM.normal(size=(40, 8, 8, 3)).astype(np.float32)
    reference = run(outlying.float_tflite().read_bytes(), x)

    def snr(method: Ranges) -> float:
        found = snr_db(reference, run(convert(outlying, ranges=method.value), x))
        assert found is not None
        return found

    assert snr(Ranges.PERCENTILE) > snr(Ranges.MIN_MAX) + 3
    assert snr(Ranges.ENTROPY) > snr(Ranges.MIN_MAX)


@pytest.mark.parametrize("scales", ["mse", "octav"])
def test_other_scales_of_weights_are_used_where_there_are_weights(
    tiny_sources: Sources, scales: str
) -> None:
    plain, other = (
        read_flatbuffer(convert(tiny_sources, weight_scales=one))
        for one in (WeightScales.MIN_MAX.value, scales)
    )
    assert [use.name for use in plain.uses] == [use.name for use in other.uses]
    assert Content(convert(tiny_sources, weight_scales=scales)).float_operators == set()
    pairs = list(zip(plain.graphs[0].tensors, other.graphs[0].tensors, strict=True))
    activations = [(a, b) for a, b in pairs if a.dtype == "INT8" and a.constant is None]
    assert all(a.quantization.scales == b.quantization.scales for a, b in activations)
    weights = [(a, b) for a, b in pairs if a.dtype == "INT8" and a.quantization.kind == "per axis"]
    assert weights
    assert any((a.quantization.scales != b.quantization.scales).any() for a, b in weights)
