"""tests of measure/: how weights spread, before and after."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import MeasurementError
from optimizer.measure.histograms import (
    BINS,
    HISTOGRAMS,
    LEVELS,
    WeightHistogram,
    count,
)
from optimizer.tflite.flatbuffer import open_flatbuffer
from optimizer.tflite.weights import real_weights, weight_tensors
from tests.converted import KINDS
from tests.layers import fit


@pytest.fixture(scope="module")
def kernels(cnn: Any) -> dict[str, Any]:
    """The weights of the Keras model as files have them: its last dimension is their first."""
    return {
        layer.name: np.moveaxis(layer.get_weights()[0], -1, 0).ravel()
        for layer in cnn.layers
        if layer.weights
    }


@pytest.mark.parametrize("kind", KINDS)
def test_weights_stand_for_what_they_were_in_keras(
    kind: str, variants: dict[str, Path], kernels: dict[str, Any]
) -> None:
    file = open_flatbuffer(variants[kind])
    tensors, values = weight_tensors(file), list(real_weights(file))
    assert len(values) == len(tensors)
    for tensor, real in zip(tensors, values, strict=True):
        assert real is not None
        assert real.shape == tensor.shape
        assert real.dtype == np.float32
        [kernel] = [k for k in kernels.values() if k.size == real.size and near(k, real)]
        error = np.abs(real.ravel() - kernel).max() / np.abs(kernel).max()
        assert error <= {"float32": 0, "float16": 1e-3}.get(kind, 1 / 200)


def near(kernel: Any, real: Any) -> bool:
    return bool(np.corrcoef(kernel, real.ravel())[0, 1] > 0.99)


def test_both_are_counted_in_the_same_bins_and_none_is_lost() -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(size=(20, 30)).astype(np.float32)
    after = 2 * before
    counted = count(after, before)
    assert len(counted.after) == len(counted.before) == BINS
    assert sum(counted.after) == sum(counted.before) == before.size
    assert counted.after[-1] + counted.after[0] > 0, "the largest lies in an outermost bin"
    assert counted.snr_db == pytest.approx(0, abs=1e-6)


def test_the_levels_of_int8_make_no_teeth() -> None:
    """An even spread over all levels is even in the histogram."""
    levels = np.arange(-(LEVELS // 2), LEVELS // 2 + 1, dtype=np.float32) * np.float32(0.013)
    assert set(count(levels, None).after) == {LEVELS // BINS}


@pytest.mark.parametrize("before", [None, np.zeros((3, 3), np.float32)], ids=["alone", "zeros"])
def test_zeros_alone_have_a_histogram(before: Any) -> None:
    counted = count(np.zeros((3, 3), np.float32), before)
    assert counted.after[BINS // 2] == 9
    assert counted.limit > 0
    assert counted.snr_db is None


def test_histograms_survive_their_file_and_a_damaged_one_is_said(tmp_path: Path) -> None:
    made = WeightHistogram("w", None, "CONV_2D", "INT8", (2, 2), 1.0, (1, 2, 1), 2, (), 0, None)
    path = tmp_path / "a.histograms.json"
    HISTOGRAMS.write(path, (made,))
    assert HISTOGRAMS.read(path) == (made,)
    path.write_bytes(b"{")
    with pytest.raises(MeasurementError, match="missing or damaged"):
        HISTOGRAMS.read(path)


def test_a_variant_is_laid_over_the_baseline_layer_by_layer(
    cnn: Any, convert: Callable[..., Path], variants: dict[str, Path], tmp_path: Path
) -> None:
    from optimizer.tasks.weight_histograms import MADE, WeightHistograms

    fits = tuple(
        fit(layer.name, type(layer).__name__, layer.count_params()) for layer in cnn.layers[1:]
    )

    def histograms(file: Path, baseline: Path | None) -> tuple[WeightHistogram, ...]:
        work = WeightHistograms(out=tmp_path, file=file, baseline=baseline, fits=fits)
        work.run(lambda *_: None)
        return HISTOGRAMS.read(tmp_path / MADE)

    made = histograms(variants["int8"], variants["float32"])
    assert [one.layer for one in made] == [x.name for x in cnn.layers if x.weights]
    for one in made:
        assert one.dtype == "INT8"
        assert sum(one.before) == sum(one.after) == np.prod(one.shape)
        assert one.snr_db is not None
        assert one.snr_db > 35
    alone = histograms(variants["float32"], None)
    assert all(one.before == () and one.snr_db is None for one in alone)
