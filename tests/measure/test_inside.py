"""tests of measure/: everything inside a file, against what its interpreter and converter say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from optimizer.errors import MeasurementError
from optimizer.measure.inside.facts import INSIDE, Inside
from optimizer.measure.inside.runtime_versions import min_runtime_version
from tests.converted import KINDS
from tests.tflite_files import look_inside, read_contents


@pytest.fixture(scope="session")
def insides(variants: dict[str, Path]) -> dict[str, Inside]:
    """Everything inside each variant of the CNN."""
    return {kind: look_inside(file) for kind, file in variants.items()}


@pytest.fixture(scope="session")
def recurrent(convert: Callable[..., Path]) -> Path:
    """An LSTM: a loop whose condition and body are subgraphs."""
    import keras

    inputs = keras.Input((16, 8), batch_size=1)
    return convert(keras.Model(inputs, keras.layers.Dense(3)(keras.layers.LSTM(12)(inputs))))


def newest(inside: Inside) -> str:
    versions = [use.min_runtime_version for use in inside.operators]
    return max(
        (version for version in versions if version),
        key=lambda version: [int(part) for part in version.split(".")],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_tensor_is_as_the_interpreter_has_it(
    kind: str, variants: dict[str, Path], insides: dict[str, Inside]
) -> None:
    # Delegates replace operators, and the plain kernels add tensors of their own behind.
    interpreter = Interpreter(
        str(variants[kind]),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    theirs = {details["index"]: details for details in interpreter.get_tensor_details()}
    tensors = insides[kind].tensors
    for tensor in tensors:
        details = theirs[tensor.index]
        assert tensor.name == details["name"]
        assert tensor.shape == tuple(details["shape"])
        assert np.dtype(details["dtype"]).name.upper() == tensor.dtype
        scales = details["quantization_parameters"]["scales"]
        zero_points = details["quantization_parameters"]["zero_points"]
        found = tensor.quantization
        if found is None:
            assert len(scales) == 0
            continue
        assert (found.scales, found.first_scale) == (len(scales), scales[0])
        assert (found.min_scale, found.max_scale) == (scales.min(), scales.max())
        assert (found.min_zero_point, found.max_zero_point) == (
            zero_points.min(),
            zero_points.max(),
        )
        if found.axis is not None:
            assert found.axis == details["quantization_parameters"]["quantized_dimension"]
            assert found.scales == tensor.shape[found.axis]
    assert [t.index for t in tensors if t.role == "input"] == [
        details["index"] for details in interpreter.get_input_details()
    ]
    assert [t.index for t in tensors if t.role == "output"] == [
        details["index"] for details in interpreter.get_output_details()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_operators_in_the_order_in_which_the_interpreter_runs_them(
    kind: str, variants: dict[str, Path], insides: dict[str, Inside]
) -> None:
    interpreter = Interpreter(
        str(variants[kind]),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    theirs = [operator["op_name"] for operator in interpreter._get_ops_details()]
    assert [use.name for use in insides[kind].operators] == theirs


@pytest.mark.parametrize("kind", KINDS)
def test_work_and_weights_add_up_to_what_the_contents_say(
    kind: str, variants: dict[str, Path], insides: dict[str, Inside]
) -> None:
    contents = read_contents(variants[kind])
    inside = insides[kind]
    assert sum(use.macs for use in inside.operators) == contents.macs
    assert sum(inside.weight_bytes.values()) == sum(w.size_bytes for w in contents.weights)
    assert set(inside.weight_bytes) == {weight.dtype for weight in contents.weights}


def test_the_first_convolution_by_hand(insides: dict[str, Inside]) -> None:
    first = next(use for use in insides["int8"].operators if use.name == "CONV_2D")
    assert first.macs == 10 * 10 * 8 * (3 * 3 * 3)
    assert first.output_shape == (1, 10, 10, 8)
    assert first.input_types == ("INT8", "INT8", "INT32")
    assert first.output_types == ("INT8",)
    tensors = {tensor.name: tensor for tensor in insides["int8"].tensors}
    assert tensors[first.location].size_bytes == 10 * 10 * 8
    kernel = next(t for t in insides["int8"].tensors if t.shape == (8, 3, 3, 3))
    assert kernel.role == "weight"
    assert kernel.quantization is not None
    assert (kernel.quantization.kind, kernel.quantization.scales) == ("per axis", 8)
    assert (kernel.quantization.axis, kernel.quantization.max_zero_point) == (0, 0)


def test_activations_of_int8_take_a_quarter_of_those_of_float32(
    insides: dict[str, Inside],
) -> None:
    floats, integers = insides["float32"], insides["int8"]
    assert set(floats.activation_bytes) == {"FLOAT32"}
    # The file with integers converts the type of its inputs: that is one more tensor.
    extra = integers.activation_bytes["UINT8"]
    assert extra == 12 * 12 * 3
    assert integers.activation_bytes["INT8"] * 4 == floats.activation_bytes["FLOAT32"]


@pytest.mark.parametrize("kind", ["float32", "float16", "dynamic", "int8"])
def test_the_newest_operator_decides_the_runtime_that_a_file_needs(
    kind: str, variants: dict[str, Path], insides: dict[str, Inside]
) -> None:
    assert newest(insides[kind]) == read_contents(variants[kind]).min_runtime_version


def test_a_loop_needs_the_runtime_that_the_converter_says(recurrent: Path) -> None:
    assert newest(look_inside(recurrent)) == read_contents(recurrent).min_runtime_version


def test_int16x8_needs_a_newer_runtime_than_the_converter_writes(
    variants: dict[str, Path], insides: dict[str, Inside]
) -> None:
    # TensorFlow 2.21 writes the version into the float file and quantizes that afterwards.
    written = read_contents(variants["int16x8"]).min_runtime_version
    assert written == newest(insides["float32"]) != newest(insides["int16x8"])


def test_operators_that_no_table_has_need_an_unknown_runtime(flex_file: Path) -> None:
    [use] = look_inside(flex_file).operators
    assert (use.name, use.min_runtime_version) == ("FlexMatrixInverse", None)
    assert min_runtime_version("CONV_2D", 1_000) is None
    assert min_runtime_version("CONV_2D", 0) is None
    assert min_runtime_version("BROADCAST_TO", 1) is None, "was withdrawn"


def test_weights_in_the_body_of_a_loop_count(recurrent: Path) -> None:
    inside = look_inside(recurrent)
    assert "WHILE" in {use.name for use in inside.operators}
    contents = read_contents(recurrent)
    assert sum(inside.weight_bytes.values()) == sum(w.size_bytes for w in contents.weights) > 0


def test_weights_outside_the_flatbuffer_are_seen(cnn: Any, convert: Callable[..., Path]) -> None:
    outside = convert(cnn, _experimental_use_buffer_offset=True)
    model = schema.ModelT.InitFromPackedBuf(outside.read_bytes())
    assert any(buffer.offset > 1 for buffer in model.buffers)
    inside = look_inside(convert(cnn))  # in this process, which numbers Keras's names
    assert look_inside(outside).weight_bytes == inside.weight_bytes
    assert look_inside(outside).operators == inside.operators


def test_scales_of_blocks_are_found_where_they_lie(cnn: Any, convert: Callable[..., Path]) -> None:
    from litert_quantizer import qtyping
    from litert_quantizer.quantizer import Quantizer

    file = convert(cnn)
    quantizer = Quantizer(bytearray(file.read_bytes()))
    quantizer.add_dynamic_config(
        ".*",
        qtyping.TFLOperationName.FULLY_CONNECTED,
        4,
        granularity=qtyping.QuantGranularity.BLOCKWISE_32,
    )
    blocks = file.with_name("blocks.tflite")
    blocks.write_bytes(bytes(quantizer.quantize().quantized_model))
    kernel = next(t for t in look_inside(blocks).tensors if t.dtype == "INT4")
    assert kernel.role == "weight"
    assert kernel.size_bytes == np.prod(kernel.shape) / 2
    found = kernel.quantization
    assert found is not None
    assert found.kind == "blockwise"
    assert found.scales == np.prod(kernel.shape) / 32
    assert 0 < found.min_scale <= found.first_scale <= found.max_scale < 1


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_survives_being_stored(
    kind: str, insides: dict[str, Inside], tmp_path: Path
) -> None:
    path = tmp_path / "variant.inside.json"
    INSIDE.write(path, insides[kind])
    assert INSIDE.read(path) == insides[kind]


def test_scales_that_overflowed_survive_being_stored(
    insides: dict[str, Inside], tmp_path: Path
) -> None:
    tensor = next(t for t in insides["int8"].tensors if t.quantization)
    assert tensor.quantization is not None
    overflowed = replace(tensor, quantization=replace(tensor.quantization, max_scale=float("inf")))
    path = tmp_path / "variant.inside.json"
    INSIDE.write(path, replace(insides["int8"], tensors=(overflowed,)))
    assert INSIDE.read(path).tensors == (overflowed,)


@pytest.mark.parametrize("content", [None, b"", b'{"operators": []}', b"not JSON"])
def test_what_cannot_be_read_is_said_in_one_sentence(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "variant.inside.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MeasurementError, match=r"variant\.inside\.json is missing or damaged"):
        INSIDE.read(path)


def test_a_page_can_show_it_without_the_libraries_that_read_it() -> None:
    import subprocess
    import sys

    heavy = ("ai_edge_litert", "tensorflow", "scipy", "numpy")
    code = f"import sys, optimizer.measure.inside.facts; print({heavy!r} & sys.modules.keys())"
    code = code.replace(f"{heavy!r} &", f"set({heavy!r}) &")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
