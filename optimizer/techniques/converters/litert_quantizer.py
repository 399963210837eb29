"""techniques/converters/: calls the LiteRT Quantizer, which works on the float `.tflite` alone."""

from typing import Any

from litert_quantizer import qtyping
from litert_quantizer.algorithms.nonlinear_quantize.float_casting import SUPPORTED_WEIGHT_QUANT_OPS
from litert_quantizer.calibrator import CalibrationMode, Calibrator
from litert_quantizer.quantizer import Quantizer
from litert_quantizer.recipe import AlgorithmName
from litert_quantizer.recipe_manager import RecipeManager
from litert_quantizer.utils.qsv_utils import min_max_update

from optimizer.errors import ConversionError
from optimizer.techniques.converters.boundary import with_boundary
from optimizer.techniques.technique import Sources
from optimizer.tflite.write import (
    with_one_signature,
    with_plain_operator_codes,
    with_weights_inside,
)
from optimizer.words import first_sentence

BOUNDARY = (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT)


def quantize_static(
    sources: Sources, *, activation_bits: int, samples: int, boundary: str
) -> bytes:
    """8-bit weights by channel and activations of `activation_bits`, calibrated by min and max.

    Operators that the quantizer does not know stay in float, without a word from it.

    Args:
        sources: The float `.tflite` and the calibration samples are used.
        activation_bits: 8 or 16.
        samples: At most this many calibration samples.
        boundary: The type of inputs and outputs: "float32", "int8" or "uint8".

    Raises:
        ConversionError: the quantizer refuses the model.
    """

    def make(inputs: str) -> bytes:
        return _static(sources, activation_bits, samples, inputs, boundary)

    return with_boundary(make, boundary)


def _static(
    sources: Sources, activation_bits: int, samples: int, inputs: str, outputs: str
) -> bytes:
    content, signature = with_one_signature(float_file(sources), sources.input_names)
    quantizer = Quantizer(bytearray(content))
    quantizer.add_static_config(
        ".*",
        qtyping.TFLOperationName.ALL_SUPPORTED,
        activation_num_bits=activation_bits,
        weight_num_bits=8,
    )
    ask_for_boundary(quantizer, inputs, outputs)
    sources.report("Calibrating", 0.0)
    try:
        ranges = min_max_ranges(content, {signature: feeds_of(sources, samples)})
        sources.report("Quantizing", 0.5)
        return with_weights_inside(bytes(quantizer.quantize(ranges).quantized_model))
    except Exception as error:  # it has no errors of its own
        raise refused(error) from error


def ask_for_boundary(quantizer: Any, inputs: str, outputs: str) -> None:
    """Adds what makes inputs and outputs float32 or uint8; int8 they are of themselves."""
    for operation, boundary in zip(BOUNDARY, (inputs, outputs), strict=True):
        if boundary == "float32":
            quantizer.update_quantization_recipe(
                ".*", operation, algorithm_key=AlgorithmName.NO_QUANTIZE
            )
        elif boundary == "uint8":
            quantizer.update_quantization_recipe(".*", operation, op_config=_unsigned())


def feeds_of(sources: Sources, samples: int) -> list[dict[str, Any]]:
    """At most so many calibration samples, one at a time, by the names of the inputs."""
    data = sources.calibration
    count = min(samples, len(data)) if data else 0
    return [
        dict(zip(sources.input_names, (data.batch(i, i + 1) if data else ()), strict=True))
        for i in range(count)
    ]


def min_max_ranges(
    content: bytes,
    feeds: dict[str, list[dict[str, Any]]],
    update: Any = min_max_update,
) -> Any:
    """The smallest and largest value of each activation over all samples.

    `Quantizer.calibrate` (0.11) has no choice of how samples are put together: it takes a moving
    average of each sample's extremes, which cuts off the outputs of a regression model.
    """
    recipes = RecipeManager()
    recipes.add_static_config(
        ".*", qtyping.TFLOperationName.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=8
    )
    calibrator = Calibrator(
        content,
        num_threads=1,
        mode=CalibrationMode.CALIBRATION_PROFILER_BASED,
        qsv_update_func=update,
    )
    calibrator.calibrate(feeds, recipes)
    return calibrator.get_model_qsvs()


def quantize_weights(sources: Sources) -> bytes:
    """8-bit weights by channel, computed with in float32.

    Raises:
        ConversionError: the quantizer refuses the model.
    """
    quantizer = Quantizer(bytearray(float_file(sources)))
    quantizer.add_weight_only_config(".*", qtyping.TFLOperationName.ALL_SUPPORTED, num_bits=8)
    return _quantize(quantizer)


def quantize_dynamic(sources: Sources) -> bytes:
    """8-bit weights by channel; activations are quantized while the file runs.

    Raises:
        ConversionError: the quantizer refuses the model.
    """
    quantizer = Quantizer(bytearray(float_file(sources)))
    quantizer.add_dynamic_config(".*", qtyping.TFLOperationName.ALL_SUPPORTED, num_bits=8)
    return _quantize(quantizer)


def cast_weights(sources: Sources) -> bytes:
    """Weights in float16, computed with in float32.

    Raises:
        ConversionError: the quantizer refuses the model.
    """
    quantizer = Quantizer(bytearray(float_file(sources)))
    for operation in SUPPORTED_WEIGHT_QUANT_OPS:
        quantizer.update_quantization_recipe(
            ".*", operation, op_config=_half(), algorithm_key=AlgorithmName.FLOAT_CASTING
        )
    return _quantize(quantizer)


def float_file(sources: Sources) -> bytes:
    """The float `.tflite` as the quantizer can read it."""
    return with_plain_operator_codes(sources.float_tflite().read_bytes())


def _quantize(quantizer: Any) -> bytes:
    try:
        return with_weights_inside(bytes(quantizer.quantize().quantized_model))
    except Exception as error:  # it has no errors of its own
        raise refused(error) from error


def _half() -> Any:
    """Weights in float16, turned back into float32 before they are used."""
    return qtyping.OpQuantizationConfig(
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=16, dtype=qtyping.TensorDataType.FLOAT
        ),
        compute_precision=qtyping.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )


def _unsigned() -> Any:
    """Unsigned 8-bit tensors at the boundary; LiteRT inserts a QUANTIZE operator beside them."""
    return qtyping.OpQuantizationConfig(
        activation_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=8, symmetric=False, dtype=qtyping.TensorDataType.UINT
        ),
        compute_precision=qtyping.ComputePrecision.INTEGER,
    )


def refused(error: Exception) -> ConversionError:
    """What the quantizer said, for the user."""
    return ConversionError(f"The LiteRT Quantizer refused the model: {first_sentence(error)}")
