"""tests of tflite/: files of other days are brought into today's form."""

from collections.abc import Callable
from pathlib import Path

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema

from optimizer.techniques.converters.litert_quantizer import quantize_dynamic, quantize_weights
from optimizer.techniques.technique import Sources
from optimizer.tflite.flatbuffer import IDENTIFIER, read_flatbuffer
from optimizer.tflite.write import with_plain_operator_codes


def of_before_2_4(content: bytes) -> bytes:
    """As converters before TensorFlow 2.4 wrote it: without the newer field for operators."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    for code in model.operatorCodes:
        assert code.deprecatedBuiltinCode == code.builtinCode
        code.builtinCode = 0
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def sources(path: Path) -> Sources:
    return Sources(
        saved_model=None,
        float_tflite=lambda: path,
        input_names=(),
        calibration=None,
        report=lambda *_: None,
    )


@pytest.mark.parametrize("quantize", [quantize_weights, quantize_dynamic])
def test_an_old_file_is_quantized_like_the_same_of_today(
    quantize: Callable[[Sources], bytes], model_files: dict[str, Path], tmp_path: Path
) -> None:
    today = model_files["tflite"].read_bytes()
    old = tmp_path / "old.tflite"
    old.write_bytes(of_before_2_4(today))
    assert read_flatbuffer(old.read_bytes()).model.operatorCodes[0].builtinCode == 0
    made = quantize(sources(old))
    same = quantize(sources(model_files["tflite"]))
    assert len(made) == pytest.approx(len(same), abs=64)  # less 512 × 8 × 3 bytes of weights
    assert len(made) < len(today) - 8_000
    types = [
        [(tensor.name, tensor.dtype) for graph in read_flatbuffer(content).graphs
         for tensor in graph.tensors]
        for content in (made, same)
    ]  # fmt: skip
    assert types[0] == types[1]


def test_a_file_of_today_stays_as_it_is(model_files: dict[str, Path]) -> None:
    content = model_files["tflite"].read_bytes()
    assert with_plain_operator_codes(content) is content
    brought = read_flatbuffer(with_plain_operator_codes(of_before_2_4(content)))
    assert [use.name for use in brought.uses] == [use.name for use in read_flatbuffer(content).uses]
    assert all(c.builtinCode == c.deprecatedBuiltinCode for c in brought.model.operatorCodes)
