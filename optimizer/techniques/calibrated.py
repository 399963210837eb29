"""techniques/: what int8 and int16x8 share: ranges of activations measured on samples."""

from typing import Any, ClassVar, Literal

from optimizer.techniques.converter import convert, converter_for, representative_dataset
from optimizer.techniques.quantizer import Quantizer
from optimizer.techniques.technique import Conversion, Sources, parameter

Boundary = Literal["float32", "int8", "uint8"]


class Calibrated(Conversion):
    """A conversion that quantizes activations by their ranges on calibration samples.

    Class attributes:
        activation_bits: 8 or 16.
        operator_set: The name in `tf.lite.OpsSet` of the integer operators.
    """

    needs_calibration = True
    activation_bits: ClassVar[int]
    operator_set: ClassVar[str]

    integer_only: bool = parameter(
        True,
        "Integer only",
        "Fail where an operator has no integer form; off: leave such operators in float.",
    )
    calibration_samples: int = parameter(
        200,
        "Calibration samples",
        "How many samples the ranges of activations are measured on.",
        advanced=True,
        low=1,
        high=500,
    )
    quantizer: Quantizer = parameter(
        Quantizer.CONVERTER,
        "Quantizer",
        "TensorFlow's converter, or the newer LiteRT Quantizer.",
        advanced=True,
    )

    @property
    def boundary(self) -> Boundary:
        """The type of inputs and outputs."""
        return "float32"

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        litert = self.quantizer is Quantizer.LITERT
        content = self._with_litert(sources) if litert else self._with_tensorflow(sources)
        if self.integer_only:
            from optimizer.techniques.float_operators import (  # noqa: PLC0415 (workers only)
                refuse_float_operators,
            )

            refuse_float_operators(content)
        return content

    def _with_litert(self, sources: Sources) -> bytes:
        from optimizer.techniques.litert import quantize_static  # noqa: PLC0415 (workers only)

        return quantize_static(
            sources,
            activation_bits=self.activation_bits,
            samples=self.calibration_samples,
            boundary=self.boundary,
        )

    def _with_tensorflow(self, sources: Sources) -> bytes:
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(sources.saved_model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative_dataset(sources, self.calibration_samples)
        operators: list[Any] = [getattr(tf.lite.OpsSet, self.operator_set)]
        if not self.integer_only:
            operators.append(tf.lite.OpsSet.TFLITE_BUILTINS)
        converter.target_spec.supported_ops = operators
        boundary = tf.dtypes.as_dtype(self.boundary)
        converter.inference_input_type = converter.inference_output_type = boundary
        return convert(converter)
