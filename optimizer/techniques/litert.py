"""techniques/: calls the LiteRT Quantizer, which works on the float `.tflite` alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from litert_quantizer import qtyping
from litert_quantizer.calibrator import CalibrationMode
from litert_quantizer.quantizer import Quantizer
from litert_quantizer.recipe import AlgorithmName

from optimizer.errors import ConversionError
from optimizer.techniques.technique import Sources

SIGNATURE = "serving_default"
BOUNDARY = (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT)
TFLITE_IDENTIFIER = b"TFL3"


def quantize_static(
    sources: Sources, *, activation_bits: int, samples: int, boundary: str, integer_only: bool
) -> bytes:
    """8-bit weights by channel and activations of `activation_bits`, calibrated by min and max.

    Args:
        sources: The float `.tflite` and the calibration samples are used.
        activation_bits: 8 or 16.
        samples: At most this many calibration samples.
        boundary: The type of inputs and outputs: "float32", "int8" or "uint8".
        integer_only: Refuse a model of which some operator would stay in float.

    Raises:
        ConversionError: the quantizer refuses the model, or leaves operators in float.
    """
    quantizer = Quantizer(str(sources.float_tflite))
    quantizer.add_static_config(
        ".*",
        qtyping.TFLOperationName.ALL_SUPPORTED,
        activation_num_bits=activation_bits,
        weight_num_bits=8,
    )
    for operation in BOUNDARY:
        if boundary == "float32":
            quantizer.update_quantization_recipe(
                ".*", operation, algorithm_key=AlgorithmName.NO_QUANTIZE
            )
        elif boundary == "uint8":
            quantizer.update_quantization_recipe(".*", operation, op_config=_unsigned())
    data = sources.calibration
    count = min(samples, len(data)) if data else 0
    sources.report("Calibrating", 0.0)
    feeds = [
        dict(zip(sources.input_names, (data.batch(i, i + 1) if data else ()), strict=True))
        for i in range(count)
    ]
    try:
        ranges = quantizer.calibrate(
            {SIGNATURE: feeds}, num_threads=1, mode=CalibrationMode.CALIBRATION_PROFILER_BASED
        )
        sources.report("Quantizing", 0.5)
        content = _inline(bytes(quantizer.quantize(ranges).quantized_model))
    except (RuntimeError, ValueError, KeyError, NotImplementedError) as error:
        raise ConversionError(f"The LiteRT Quantizer refused the model: {error}") from error
    if integer_only:
        _refuse_float_operators(content)
    return content


def quantize_weights(sources: Sources) -> bytes:
    """8-bit weights by channel, computed with in float32.

    Raises:
        ConversionError: the quantizer refuses the model.
    """
    quantizer = Quantizer(str(sources.float_tflite))
    quantizer.add_weight_only_config(".*", qtyping.TFLOperationName.ALL_SUPPORTED, num_bits=8)
    try:
        return _inline(bytes(quantizer.quantize().quantized_model))
    except (RuntimeError, ValueError, KeyError, NotImplementedError) as error:
        raise ConversionError(f"The LiteRT Quantizer refused the model: {error}") from error


def _unsigned() -> Any:
    """Unsigned 8-bit tensors at the boundary; LiteRT inserts a QUANTIZE operator beside them."""
    return qtyping.OpQuantizationConfig(
        activation_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=8, symmetric=False, dtype=qtyping.TensorDataType.UINT
        ),
        compute_precision=qtyping.ComputePrecision.INTEGER,
    )


def _inline(content: bytes) -> bytes:
    """Moves weights that lie behind the flatbuffer's root into it.

    LiteRT Quantizer 0.11 may store them at `Buffer.offset`; tools that read `Buffer.data` see no
    weights there, and TFLite Micro silently computes garbage.
    """
    root = schema.Model.GetRootAs(content, 0)
    if all(root.Buffers(i).Offset() <= 1 for i in range(root.BuffersLength())):
        return content
    import flatbuffers  # noqa: PLC0415 (needed for large files only)

    model = schema.ModelT.InitFromObj(root)
    for buffer in model.buffers:
        if buffer.offset > 1:
            start = buffer.offset
            buffer.data = np.frombuffer(content, np.uint8, buffer.size, start)
            buffer.offset = buffer.size = 0
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=TFLITE_IDENTIFIER)
    return bytes(builder.Output())


def _refuse_float_operators(content: bytes) -> None:
    """LiteRT Quantizer leaves what it does not know in float without a word: count afterwards."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
    root = schema.Model.GetRootAs(content, 0)
    float_operators = set()
    for g in range(root.SubgraphsLength()):
        graph = root.Subgraphs(g)
        for o in range(graph.OperatorsLength()):
            operator = graph.Operators(o)
            code = root.OperatorCodes(operator.OpcodeIndex())
            name = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if name in {"QUANTIZE", "DEQUANTIZE"}:
                continue
            outputs: Sequence[int] = [operator.Outputs(i) for i in range(operator.OutputsLength())]
            if any(graph.Tensors(t).Type() == schema.TensorType.FLOAT32 for t in outputs):
                float_operators.add(name)
    if float_operators:
        raise ConversionError(
            "The LiteRT Quantizer leaves these operators in float: "
            f"{', '.join(sorted(float_operators))}. Allow a float fallback, or choose the "
            "TensorFlow converter as quantizer."
        )
