"""tests of tflite/: what is inside a file."""

import json
from collections.abc import Callable
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from pydantic import TypeAdapter

from optimizer.errors import MeasurementError
from optimizer.tflite.facts import FileContents
from optimizer.tflite.values import stored_values
from tests.converted import KINDS
from tests.tflite_files import read_contents


def expected_macs() -> int:
    conv = 10 * 10 * 8 * (3 * 3 * 3)
    depthwise = 10 * 10 * 8 * (3 * 3)
    pointwise = 5 * 5 * 64 * 8
    return conv + depthwise + pointwise + 64 * 64 + 64 * 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_variant_does_the_same_work(kind: str, variants: dict[str, Path]) -> None:
    contents = read_contents(variants[kind])
    assert contents.macs == expected_macs()
    assert contents.operators["CONV_2D"] == contents.operators["FULLY_CONNECTED"] == 2
    assert contents.operators["DEPTHWISE_CONV_2D"] == 1
    assert len(contents.weights) == 5


@pytest.mark.parametrize(
    ("kind", "types", "inputs"),
    [
        ("float32", {"FLOAT32"}, "FLOAT32"),
        ("float16", {"FLOAT16"}, "FLOAT32"),
        ("dynamic", {"FLOAT32", "INT8"}, "FLOAT32"),
        ("int8", {"INT8"}, "UINT8"),
        ("int16x8", {"INT8"}, "INT16"),
    ],
)
def test_weights_and_inputs_have_the_types_of_the_technique(
    kind: str, types: set[str], inputs: str, variants: dict[str, Path]
) -> None:
    contents = read_contents(variants[kind])
    assert {weight.dtype for weight in contents.weights} == types
    assert contents.input_types == (inputs,)
    quantized = {weight.quantization for weight in contents.weights if weight.dtype == "INT8"}
    assert quantized <= {"per axis", "per tensor"}


def test_contents_survive_being_stored(variants: dict[str, Path]) -> None:
    contents = read_contents(variants["int8"])
    stored = json.loads(json.dumps(asdict(contents)))
    assert TypeAdapter(FileContents).validate_python(stored) == contents


def test_the_arena_is_the_largest_pair_of_neighbours(variants: dict[str, Path]) -> None:
    image, wide = 12 * 12 * 3, 10 * 10 * 8
    pointwise = 5 * 5 * 64
    floats = max(image + wide, wide + wide, wide + pointwise) * 4
    assert read_contents(variants["float32"]).arena_bytes == floats
    # One byte a value instead of four, and nothing else changes.
    assert read_contents(variants["int8"]).arena_bytes == floats // 4


def prune(model: Any, share: float) -> Any:
    """A copy with the smallest weights of every kernel set to zero."""
    import keras

    pruned = keras.models.clone_model(model)
    weights = []
    for values in model.get_weights():
        small = np.abs(values) < np.quantile(np.abs(values), share)
        weights.append(np.where(small & (values.ndim > 1), 0, values))
    pruned.set_weights(weights)
    return pruned


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_are_seen_through_every_technique(
    kind: str, cnn: Any, convert: Callable[..., Path], images: Any
) -> None:
    contents = read_contents(convert(prune(cnn, 0.5), kind, images.arrays[0]))
    assert contents.sparsity is not None
    assert 0.49 <= contents.sparsity <= 0.53


def test_clustered_weights_show_their_number(cnn: Any, convert: Callable[..., Path]) -> None:
    import keras

    clustered = keras.models.clone_model(cnn)
    clustered.set_weights([np.round(w * 4) / 4 for w in cnn.get_weights()])
    contents = read_contents(convert(clustered))
    assert contents.unique_weights_max is not None
    assert contents.unique_weights_max <= 9
    dense = read_contents(convert(cnn))
    assert dense.unique_weights_max is not None
    assert dense.unique_weights_max > 1_000
    for weight in contents.weights:
        assert weight.unique_per_channel <= weight.unique <= prod(weight.shape)


def test_weights_outside_the_flatbuffer_are_seen(cnn: Any, convert: Callable[..., Path]) -> None:
    outside = convert(cnn, _experimental_use_buffer_offset=True)
    model = schema.ModelT.InitFromPackedBuf(outside.read_bytes())
    assert any(buffer.offset > 1 for buffer in model.buffers)
    inside = read_contents(convert(cnn))  # in this process, which numbers Keras's names
    assert read_contents(outside).weights == inside.weights
    assert read_contents(outside).arena_bytes == inside.arena_bytes


@pytest.mark.parametrize(("type_name", "bits"), [("INT4", 4), ("INT2", 2)])
def test_packed_weights_are_unpacked(type_name: str, bits: int) -> None:
    values = np.random.default_rng(0).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (3, 5))
    per_byte = 8 // bits
    flat = np.append(values.ravel(), [0] * (-values.size % per_byte)).reshape(-1, per_byte)
    packed = ((flat & (2**bits - 1)) << (bits * np.arange(per_byte))).sum(axis=1).astype(np.uint8)
    unpacked = stored_values(packed, type_name, (3, 5))
    assert unpacked is not None
    assert unpacked.tolist() == values.tolist()


def test_a_model_without_weights_has_no_sparsity(flex_file: Path) -> None:
    contents = read_contents(flex_file)
    assert contents.operators == {"FlexMatrixInverse": 1}
    assert (contents.sparsity, contents.unique_weights_max) == (None, None)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.tflite"
    file.write_text("not a model at all")
    with pytest.raises(MeasurementError, match=r"notes\.tflite is not a \.tflite file"):
        read_contents(file)


@pytest.mark.parametrize("kind", ["float32", "int8", "int16x8"])
def test_inputs_and_outputs_have_the_scales_that_the_interpreter_tells(
    kind: str, variants: dict[str, Path]
) -> None:
    from ai_edge_litert.interpreter import Interpreter

    contents = read_contents(variants[kind])
    interpreter = Interpreter(str(variants[kind]))
    told = (interpreter.get_input_details(), interpreter.get_output_details())
    for found, details in zip((contents.inputs, contents.outputs), told, strict=True):
        assert len(found) == len(details)
        for one, detail in zip(found, details, strict=True):
            scale, zero_point = detail["quantization"]
            assert (one.scale or 0.0, one.zero_point or 0) == (scale, zero_point)
            assert one.dtype.lower() == np.dtype(detail["dtype"]).name
    assert any(one.scale for one in contents.inputs) == (kind != "float32")
