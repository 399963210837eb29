"""tests of tflite/: a file is checked before anybody follows it, and written anew whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from optimizer.errors import MeasurementError
from optimizer.tflite.contents import read_contents
from optimizer.tflite.flatbuffer import IDENTIFIER, open_flatbuffer, read_flatbuffer
from optimizer.tflite.float_operators import FloatOperatorsError, refuse_float_operators
from optimizer.tflite.values import dequantize, quantize
from optimizer.tflite.weights import weight_tensors
from optimizer.tflite.write import with_one_signature, with_weights_inside
from tests.refused import refused

KERNEL = np.arange(-6, 6, dtype=np.int8).reshape(3, 4)


def tensor(name: str, shape: tuple[int, ...], kind: str, buffer: int = 0) -> Any:
    made = schema.TensorT()
    made.name, made.shape, made.buffer = name, list(shape), buffer
    made.type = getattr(schema.TensorType, kind)
    return made


def operator(code: int, inputs: list[int], outputs: list[int]) -> Any:
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = code, inputs, outputs
    return made


def packed(model: Any) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


@pytest.fixture
def model() -> Any:
    """A layer whose int8 kernel is unpacked while it runs: x, kernel, unpacked kernel, y."""
    codes = []
    for name in ("DEQUANTIZE", "FULLY_CONNECTED"):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        codes.append(code)
    empty, stored = schema.BufferT(), schema.BufferT()
    stored.data = KERNEL.ravel().view(np.uint8)
    graph = schema.SubGraphT()
    graph.tensors = [
        tensor("x", (1, 4), "FLOAT32"),
        tensor("kernel", KERNEL.shape, "INT8", buffer=1),
        tensor("unpacked", KERNEL.shape, "FLOAT32"),
        tensor("y", (1, 3), "FLOAT32"),
    ]
    graph.inputs, graph.outputs = [0], [3]
    graph.operators = [operator(0, [1], [2]), operator(1, [0, 2, -1], [3])]
    made = schema.ModelT()
    made.version, made.operatorCodes = 3, codes
    made.buffers, made.subgraphs = [empty, stored], [graph]
    return made


def test_a_small_file_by_hand(model: Any) -> None:
    file = read_flatbuffer(packed(model))
    [graph] = file.graphs
    unpack, dense = graph.uses
    assert (unpack.name, dense.name) == ("DEQUANTIZE", "FULLY_CONNECTED")
    assert dense.inputs == (graph.tensors[0], graph.tensors[2], None)
    assert graph.makers[2] is unpack
    [kernel] = weight_tensors(file)
    assert (kernel.name, kernel.operator, kernel.shape) == ("kernel", "FULLY_CONNECTED", (3, 4))
    assert read_contents(file).macs == 12


def _set(path: str, value: Any) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        *way, last = path.split(".")
        at = model
        for step in way:
            at = at[int(step)] if step.isdecimal() else getattr(at, step)
        setattr(at, last, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("subgraphs.0.operators.0.inputs", [4]),
        _set("subgraphs.0.operators.0.inputs", [-2]),
        _set("subgraphs.0.operators.1.outputs", [99]),
        _set("subgraphs.0.operators.0.opcodeIndex", 2),
        _set("subgraphs.0.tensors.1.buffer", 2),
        _set("subgraphs.0.inputs", [-1]),
        _set("subgraphs.0.outputs", [4]),
        _set("buffers.1.offset", 10_000),
        _set("subgraphs.0.tensors.1.type", 100),
        _set("subgraphs", []),
    ],
    ids=["input", "negative input", "output", "operator code", "buffer", "input of the graph",
         "output of the graph", "bytes behind the end", "type", "no graph"],
)  # fmt: skip
def test_a_file_that_leads_out_of_itself_is_damaged_for_every_reader(
    model: Any, change: Callable[[Any], None], tmp_path: Path
) -> None:
    change(model)
    content = packed(model)
    file = tmp_path / "lost.tflite"
    file.write_bytes(content)
    with refused(MeasurementError, "lost.tflite is damaged", "convert or upload it again"):
        open_flatbuffer(file)
    with refused(MeasurementError, "is damaged"):
        refuse_float_operators(content)
    with refused(MeasurementError, "is damaged"):
        with_one_signature(content, ["x"])
    with refused(MeasurementError, "is damaged"):
        with_weights_inside(content)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_half_an_upload_is_damaged(share: float, variants: dict[str, Path], tmp_path: Path) -> None:
    data = variants["int8"].read_bytes()
    file = tmp_path / "half.tflite"
    file.write_bytes(data[: int(share * len(data))])
    with refused(MeasurementError, "half.tflite is damaged"):
        open_flatbuffer(file)


def test_a_kernel_of_another_size_than_its_shape_is_damage(model: Any) -> None:
    model.subgraphs[0].tensors[1].shape = [3, 5]
    with refused(MeasurementError, "do not fit together"):
        read_contents(read_flatbuffer(packed(model)))


def test_a_tensor_that_is_unpacked_from_itself_does_not_hang_the_reader(model: Any) -> None:
    model.subgraphs[0].operators[0].inputs = [2]
    assert weight_tensors(read_flatbuffer(packed(model))) == ()


def test_a_file_without_a_signature_gets_one_and_keeps_the_rest(model: Any) -> None:
    content, key = with_one_signature(packed(model), ["image"])
    file = read_flatbuffer(content)
    assert key == "serving_default"
    assert file.signature_names == {0: "image", 3: "output_0"}
    assert weight_tensors(file) == weight_tensors(read_flatbuffer(packed(model)))
    assert with_one_signature(content, ["other"]) == (content, key)


def test_weights_behind_the_root_are_brought_inside(model: Any) -> None:
    inside = packed(model)
    stored = model.buffers[1]
    stored.data, stored.size, stored.offset = None, KERNEL.size, 4096
    outside = packed(model).ljust(4096, b"\0") + KERNEL.tobytes()
    assert weight_tensors(read_flatbuffer(outside)) == weight_tensors(read_flatbuffer(inside))
    brought = schema.ModelT.InitFromPackedBuf(with_weights_inside(outside))
    assert brought.buffers[1].data.tobytes() == KERNEL.tobytes()
    assert (brought.buffers[1].offset, brought.buffers[1].size) == (0, 0)
    # A file that is packed for another reason must not lose them.
    signed, _ = with_one_signature(outside, ["x"])
    assert weight_tensors(read_flatbuffer(signed)) == weight_tensors(read_flatbuffer(inside))
    assert with_weights_inside(inside) == inside


def test_an_operator_that_gives_floats_is_named_and_the_boundary_is_not(model: Any) -> None:
    with refused(FloatOperatorsError, "FULLY_CONNECTED", "integer_only=false"):
        refuse_float_operators(packed(model))
    model.subgraphs[0].operators = [operator(0, [1], [2])]
    refuse_float_operators(packed(model))


def test_what_is_quantized_and_read_back_is_half_a_step_away_at_most() -> None:
    values = np.linspace(-1, 1, 1001).astype(np.float32)
    scale, zero_point = 2 / 255, -1
    stored = quantize(values, np.int8, scale, zero_point)
    assert stored.dtype == np.int8
    inside = np.abs(values) < 0.99  # the ends are clipped
    back = dequantize(stored, scale, zero_point)
    assert np.abs(back - values)[inside].max() <= scale / 2 * 1.0001


def test_values_of_a_tensor_that_is_not_quantized_stay_as_they_are() -> None:
    values = np.array([1.5, -2], np.float32)
    assert quantize(values, np.float32, 0.0, 0) is values
    assert dequantize(values, 0.0, 0).tolist() == [1.5, -2]


def test_stored_values_are_read_without_being_changed() -> None:
    stored = np.array([[1, 2], [3, 4]], np.float32)
    assert dequantize(stored, 0.5, 1).tolist() == [[0, 0.5], [1, 1.5]]
    scales = np.array([[1.0], [2.0]], np.float32)
    assert dequantize(stored, scales, np.array([[1], [0]])).tolist() == [[0, 1], [6, 8]]
    assert stored.tolist() == [[1, 2], [3, 4]]
