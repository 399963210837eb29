"""tests of techniques/: biases that take back what rounding shifts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.measure.snr import snr_db
from optimizer.recipes import parse
from optimizer.techniques.technique import Sources
from optimizer.tflite.flatbuffer import read_flatbuffer
from optimizer.tflite.write import with_values
from tests.samples import ArraySamples
from tests.techniques.conftest import MakeSources

RANDOM = np.random.default_rng(8)
INPUTS = RANDOM.random((64, 8, 8, 3), np.float32)
TEXT = "mixed(bias_correction=true)"


@pytest.fixture(scope="module")
def shifted(sources_of: MakeSources) -> Sources:
    """Large inputs of one sign: what rounding does to a weight shifts every output alike."""
    import keras

    keras.utils.set_random_seed(9)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(16, 3)(inputs)
    x = keras.layers.Conv2D(16, 3)(x)
    outputs = keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x))
    return sources_of(keras.Model(inputs, outputs), ArraySamples((INPUTS[:20],)))


def convert(sources: Sources, text: str) -> bytes:
    return parse(text).conversion.convert(sources)


def test_on_other_samples_outputs_are_nearer_and_their_means_too(
    shifted: Sources, run: Any
) -> None:
    x = INPUTS[20:]
    reference = run(shifted.float_tflite().read_bytes(), x)
    plain, corrected = (run(convert(shifted, text), x) for text in ("mixed", TEXT))
    before, after = snr_db(reference, plain), snr_db(reference, corrected)
    assert before is not None
    assert after is not None
    assert after > before
    off = [np.abs(one.mean(axis=0) - reference.mean(axis=0)).mean() for one in (plain, corrected)]
    assert off[1] < off[0]


def test_nothing_but_biases_is_another(shifted: Sources) -> None:
    plain, corrected = (
        read_flatbuffer(convert(shifted, text)).graphs[0] for text in ("mixed", TEXT)
    )
    different = set()
    for one, other in zip(plain.tensors, corrected.tensors, strict=True):
        assert (one.name, one.dtype, one.shape) == (other.name, other.dtype, other.shape)
        if one.constant is not None and not np.array_equal(
            one.constant, np.asarray(other.constant)
        ):
            different.add(one.dtype)
    assert different == {"INT32"}
    assert len(convert(shifted, TEXT)) == pytest.approx(len(convert(shifted, "mixed")), abs=200)


def test_where_there_is_no_bias_to_move_it_is_left_out_and_said(sources_of: MakeSources) -> None:
    import keras

    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(3, use_bias=False)(inputs))
    sources = sources_of(model, ArraySamples((RANDOM.random((20, 6), np.float32),)))
    content = convert(sources, TEXT)
    [said] = parse(TEXT).conversion.departures(read_flatbuffer(content))
    assert said.startswith("Biases are as they were")
    assert parse("mixed").conversion.departures(read_flatbuffer(convert(sources, "mixed"))) == ()


def test_a_constant_that_others_share_stays_theirs(shifted: Sources, tmp_path: Path) -> None:
    content = convert(shifted, "mixed")
    graph = read_flatbuffer(content).graphs[0]
    bias = next(t for t in graph.tensors if t.dtype == "INT32" and t.quantized)
    values = np.asarray(bias.values) + 1
    again = read_flatbuffer(with_values(content, bias.index, values)).graphs[0]
    for one, other in zip(graph.tensors, again.tensors, strict=True):
        same = one.constant is None or np.array_equal(one.constant, np.asarray(other.constant))
        assert same == (one.index != bias.index)
    assert np.array_equal(again.tensors[bias.index].values, values)  # type: ignore[arg-type]
