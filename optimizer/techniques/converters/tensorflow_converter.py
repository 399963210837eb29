"""techniques/converters/: calls the TensorFlow converter. Workers only: it imports TensorFlow."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.data.samples import Samples
from optimizer.errors import ConversionError
from optimizer.techniques.technique import Sources


class OperatorsError(ConversionError):
    """The model needs operators that the builtins of TensorFlow Lite lack."""

    def __init__(self, message: str, operators: tuple[str, ...]) -> None:
        """`operators` are TensorFlow's names of them."""
        super().__init__(message, operators)
        self.operators = operators

    def __str__(self) -> str:
        return str(self.args[0])


def converter_for(saved_model: Path | None, select_tf_ops: bool = False) -> Any:
    """A `tf.lite.TFLiteConverter` for the SavedModel's serving signature.

    Args:
        saved_model: The folder; a `.tflite` that came as one has none, and never gets here.
        select_tf_ops: Whether operators outside the builtins may stay as TensorFlow's own.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(saved_model), signature_keys=["serving_default"]
    )
    if select_tf_ops:
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS,
            tf.lite.OpsSet.SELECT_TF_OPS,
        ]
    return converter


def convert(converter: Any) -> bytes:
    """Runs the converter.

    Raises:
        OperatorsError: the model needs operators outside the builtins.
        ConversionError: the converter refuses the model for another reason.
    """
    try:
        return bytes(converter.convert())
    except Exception as error:
        raise _explained(str(error)) from error


def in_float16(sources: Sources) -> bytes:
    """Weights in float16, from the SavedModel.

    Raises:
        ConversionError: see `convert`.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    converter = converter_for(sources.saved_model, sources.select_tf_ops)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return convert(converter)


def in_dynamic_range(sources: Sources) -> bytes:
    """8-bit weights, and activations that are quantized while the file runs.

    Raises:
        ConversionError: see `convert`.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    converter = converter_for(sources.saved_model, sources.select_tf_ops)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return convert(converter)


def in_integers(
    sources: Sources, *, operator_sets: Sequence[str], samples: int, boundary: str
) -> bytes:
    """Integer weights and activations, whose ranges are measured on calibration samples.

    Args:
        sources: The SavedModel and the calibration samples are used.
        operator_sets: Names in `tf.lite.OpsSet` of the operators that the file may have.
        samples: At most this many calibration samples.
        boundary: The type of inputs and outputs: "float32", "int8" or "uint8".

    Raises:
        ConversionError: see `convert`.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    from optimizer.techniques.converters.boundary import with_boundary  # noqa: PLC0415

    operators = [getattr(tf.lite.OpsSet, name) for name in operator_sets]
    if sources.select_tf_ops:
        operators.append(tf.lite.OpsSet.SELECT_TF_OPS)

    def make(inputs: str) -> bytes:
        converter = converter_for(sources.saved_model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative_dataset(sources, samples)
        converter.target_spec.supported_ops = operators
        converter.inference_input_type = tf.dtypes.as_dtype(inputs)
        converter.inference_output_type = tf.dtypes.as_dtype(boundary)
        return convert(converter)

    return with_boundary(make, boundary)


def representative_dataset(sources: Sources, count: int) -> Any:
    """The first `count` calibration samples as the converter asks for them, one at a time.

    Named by input: a SavedModel's signature sorts its inputs, the Keras model may not.
    """

    def generate() -> Iterator[dict[str, npt.NDArray[np.generic]]]:
        samples: Samples = sources.calibration  # type: ignore[assignment]  # checked by misfit()
        total = min(count, len(samples))
        for index in range(total):
            sources.report("Calibrating", index / total)
            yield dict(zip(sources.input_names, samples.batch(index, index + 1), strict=True))
        sources.report("Quantizing", 1.0)

    return generate


def _explained(message: str) -> ConversionError:
    lacking = re.findall(r"(?:Flex|Custom|TF Select) ops?: ([^\n]+)", message)
    operators = tuple(sorted({name.strip() for names in lacking for name in names.split(",")}))
    if operators:
        return OperatorsError(
            "The model uses operators that TensorFlow Lite does not have: "
            f"{', '.join(operators)}. Replace the layers that need them.",
            operators,
        )
    lines = [line.strip() for line in message.splitlines() if "error" in line.lower()]
    line = (lines or message.strip().splitlines() or ["no reason given"])[0]
    return ConversionError(f"The converter refused the model: {line[:300]}")
