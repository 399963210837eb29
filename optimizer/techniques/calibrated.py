"""techniques/: what int8 and int16x8 share: ranges of activations measured on samples."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.converters.tensorflow_converter import (
    convert,
    converter_for,
    representative_dataset,
)
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.technique import Sources, parameter

Boundary = Literal["float32", "int8", "uint8"]


class Calibrated(Quantized):
    """A conversion that quantizes activations by their ranges on calibration samples.

    Class attributes:
        activation_bits: 8 or 16.
        operator_set: The name in `tf.lite.OpsSet` of the integer operators.
    """

    needs_calibration = True
    activation_bits: ClassVar[int]
    operator_set: ClassVar[str]

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        if model.loops:  # TensorFlow 2.21 crashes on them, LiteRT Quantizer 0.11 refuses
            return (
                "no quantizer can give integer activations to the loops of its recurrent layers: "
                "use dynamic_range, float16 or weight_only_int8"
            )
        if model.select_tf_ops:
            return (
                "ranges are measured by running the model, and nothing here can run TensorFlow's "
                f"own operators ({', '.join(model.select_tf_ops)}): use dynamic_range or float16"
            )
        return super().misfit(model, data)

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

    @property
    def boundary(self) -> Boundary:
        """The type of inputs and outputs."""
        return "float32"

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        content = super().convert(sources)
        if self.integer_only:
            from optimizer.tflite.float_operators import (  # noqa: PLC0415 (workers only)
                refuse_float_operators,
            )

            refuse_float_operators(content)
        return content

    def with_litert(self, sources: Sources) -> bytes:
        """See `Quantized.with_litert`."""
        from optimizer.techniques.converters.litert_quantizer import quantize_static  # noqa: PLC0415 (workers only)

        return quantize_static(
            sources,
            activation_bits=self.activation_bits,
            samples=self.calibration_samples,
            boundary=self.boundary,
        )

    def with_tensorflow(self, saved_model: Path, sources: Sources) -> bytes:
        """See `Quantized.with_tensorflow`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(saved_model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative_dataset(sources, self.calibration_samples)
        operators: list[Any] = [getattr(tf.lite.OpsSet, self.operator_set)]
        if not self.integer_only:
            operators.append(tf.lite.OpsSet.TFLITE_BUILTINS)
        if sources.select_tf_ops:
            operators.append(tf.lite.OpsSet.SELECT_TF_OPS)
        converter.target_spec.supported_ops = operators
        boundary = tf.dtypes.as_dtype(self.boundary)
        converter.inference_input_type = converter.inference_output_type = boundary
        return convert(converter)
