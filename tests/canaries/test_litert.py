"""tests of private parts of LiteRT and of the LiteRT Quantizer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROFILE = """
import json, sys
from pathlib import Path
import numpy as np
from optimizer.measure.litert_profiler import profile_runs
runs = profile_runs(Path(sys.argv[1]), {int(sys.argv[2]): np.ones((1, 4, 4, 1), np.float32)}, 0.0)
print(json.dumps([len(runs), [step._asdict() for step in runs[0]]]))
"""
ROOT = Path(__file__).parents[2]


def test_litert_schema(tflite: Path) -> None:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    content = np.fromfile(tflite, np.uint8)
    model = schema.ModelT.InitFromPackedBuf(content)
    [graph] = model.subgraphs
    code = model.operatorCodes[graph.operators[0].opcodeIndex]
    assert max(code.builtinCode, code.deprecatedBuiltinCode) == schema.BuiltinOperator.CONV_2D
    assert code.version >= 1
    tensor = graph.tensors[graph.inputs[0]]
    assert (tensor.type, tensor.isVariable) == (schema.TensorType.FLOAT32, False)
    assert list(tensor.shapeSignature) == [-1, 4, 4, 1]
    assert {"scale", "zeroPoint", "quantizedDimension"} <= set(
        vars(schema.QuantizationParametersT())
    )
    [signature] = model.signatureDefs
    assert signature.signatureKey == b"serving_default"
    assert graph.operators[0].builtinOptions.strideH == 1
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    again = bytes(builder.Output())
    assert again[4:8] == b"TFL3"
    root = schema.Model.GetRootAs(again, 0)
    assert root.Subgraphs(0).OperatorsLength() == len(graph.operators)


def test_litert_tables_and_operators() -> None:
    """What the check of a `.tflite` knows; see `tests/canaries/tflite_schema.py`."""
    from tests.canaries.tflite_schema import OPERATORS, TABLES, operators, tables

    assert tables() == TABLES.read_text()
    assert operators() == OPERATORS.read_text()


def test_litert_buffer_offsets() -> None:
    from ai_edge_litert import schema_py_generated as schema

    buffer = schema.BufferT()
    assert (buffer.offset, buffer.size, buffer.data) == (0, 0, None)


def test_litert_resolver(tflite: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = {}
    for kind in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        interpreter = Interpreter(model_path=str(tflite), experimental_op_resolver_type=kind)
        interpreter.allocate_tensors()
        kernels[kind] = {each["op_name"] for each in interpreter._get_ops_details()}
    assert "DELEGATE" in kernels[OpResolverType.AUTO], "XNNPACK"
    assert "DELEGATE" not in kernels[OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES]


def test_litert_details(tflite: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(tflite))
    [tensor] = interpreter.get_input_details()
    assert tensor["quantization"] == (0.0, 0)
    assert list(tensor["shape_signature"]) == [-1, 4, 4, 1]
    [key] = interpreter.get_signature_list()
    named = interpreter.get_signature_runner(key).get_input_details()
    assert named["image"]["index"] == tensor["index"]


def test_litert_profiler(tflite: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    [tensor] = Interpreter(model_path=str(tflite)).get_input_details()
    done = subprocess.run(
        [sys.executable, "-c", PROFILE, str(tflite), str(tensor["index"])],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count, steps = json.loads(done.stdout.splitlines()[-1])
    assert count == 3
    assert any(step["delegated"] for step in steps), steps
    assert all(0 <= step["microseconds"] < 1e6 and step["name"] for step in steps), steps


def test_litert_error(with_tensorflow_operator: Path) -> None:
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    converter = tf.lite.TFLiteConverter.from_saved_model(str(with_tensorflow_operator))
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS
    ]  # fmt: skip
    interpreter = Interpreter(model_content=converter.convert())
    with pytest.raises(RuntimeError, match="Select TensorFlow op") as error:
        interpreter.allocate_tensors()
    assert "(FlexMatrixDeterminant)" in str(error.value)


def test_litert_quantizer_calibrator(tflite: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter
    from litert_quantizer import qtyping
    from litert_quantizer.calibrator import CalibrationMode, Calibrator
    from litert_quantizer.quantizer import Quantizer
    from litert_quantizer.recipe_manager import RecipeManager
    from litert_quantizer.utils.qsv_utils import min_max_update

    quantizer = Quantizer(str(tflite))
    quantizer.add_static_config(
        ".*", qtyping.TFLOperationName.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=8
    )
    recipes = RecipeManager()
    recipes.load_quantization_recipe(quantizer.get_quantization_recipe())
    calibrator = Calibrator(
        tflite.read_bytes(),
        num_threads=1,
        mode=CalibrationMode.CALIBRATION_PROFILER_BASED,
        qsv_update_func=min_max_update,
    )
    feeds = [{"image": np.full((1, 4, 4, 1), value, np.float32)} for value in (-3.0, 5.0, 1.0)]
    calibrator.calibrate({"serving_default": feeds}, recipes)
    ranges = calibrator.get_model_qsvs()
    [tensor] = Interpreter(model_path=str(tflite)).get_input_details()
    found = ranges[tensor["name"]]
    assert [float(found["min"].ravel()[0]), float(found["max"].ravel()[0])] == [-3.0, 5.0]
    assert bytes(quantizer.quantize(ranges).quantized_model)[4:8] == b"TFL3"


def test_litert_quantizer_recipe(tflite: Path) -> None:
    from litert_quantizer import qtyping
    from litert_quantizer.quantizer import Quantizer
    from litert_quantizer.recipe import AlgorithmName

    quantizer = Quantizer(str(tflite))
    names = qtyping.TFLOperationName
    quantizer.update_quantization_recipe(".*", names.INPUT, algorithm_key=AlgorithmName.NO_QUANTIZE)
    quantizer.update_quantization_recipe(
        ".*",
        names.FULLY_CONNECTED,
        op_config=qtyping.OpQuantizationConfig(
            weight_tensor_config=qtyping.TensorQuantizationConfig(
                num_bits=16, dtype=qtyping.TensorDataType.FLOAT
            ),
            compute_precision=qtyping.ComputePrecision.FLOAT,
            explicit_dequantize=True,
        ),
        algorithm_key=AlgorithmName.FLOAT_CASTING,
    )
    told: Any = [
        (each["operation"], each["algorithm_key"]) for each in quantizer.get_quantization_recipe()
    ]
    assert told == [
        (names.INPUT, AlgorithmName.NO_QUANTIZE),
        (names.FULLY_CONNECTED, AlgorithmName.FLOAT_CASTING),
    ]


def test_litert_quantizer_float_operators() -> None:
    from litert_quantizer import qtyping
    from litert_quantizer.algorithms.nonlinear_quantize.float_casting import (
        SUPPORTED_WEIGHT_QUANT_OPS,
    )

    names = qtyping.TFLOperationName
    assert {
        names.CONV_2D,
        names.DEPTHWISE_CONV_2D,
        names.FULLY_CONNECTED,
    } <= SUPPORTED_WEIGHT_QUANT_OPS
