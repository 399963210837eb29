"""techniques/: what int8 and int16x8 share: ranges of activations measured on samples."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.integer_only import IntegerOnly, IntegerOnlyWord
from optimizer.techniques.quantizer import Quantizer
from optimizer.techniques.technique import Conversion, Maker, Sources, parameter
from optimizer.words import either

if TYPE_CHECKING:
    from optimizer.tflite.flatbuffer import Flatbuffer

Boundary = Literal["float32", "int8", "uint8"]
CALIBRATION_SAMPLES: Any = parameter(
    200,
    "Calibration samples",
    "How many samples the ranges of activations are measured on.",
    advanced=True,
    low=1,
    high=500,
)


def no_ranges(model: ModelSummary) -> str | None:
    """Why ranges of activations cannot be measured, or not be used; None if they can."""
    if model.loops:  # TensorFlow 2.21 crashes on them, LiteRT Quantizer 0.11 refuses
        return (
            "no quantizer can give integer activations to the loops of its recurrent layers: "
            "use dynamic_range, float16 or weight_only_int8; or open the model with its recurrent "
            "layers unrolled (--unroll, or on the Model page), which has integer operators"
        )
    if model.select_tf_ops:
        return (
            "ranges are measured by running the model, and nothing here can run TensorFlow's "
            f"own operators ({', '.join(model.select_tf_ops)}): use dynamic_range or float16"
        )
    return None


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
        return no_ranges(model) or super().misfit(model, data)

    integer_only: IntegerOnlyWord = parameter(
        IntegerOnly.AUTO,
        "Integer only",
        "What becomes of an operator without an integer form. Where possible: the other quantizer "
        "is tried, then the operator stays in float, and that is said.",
    )
    calibration_samples: int = CALIBRATION_SAMPLES

    @property
    def boundary(self) -> Boundary:
        """The type of inputs and outputs."""
        return "float32"

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        content = super().convert(sources)
        if self.integer_only is not IntegerOnly.NO:
            from optimizer.tflite.float_operators import (  # noqa: PLC0415 (workers only)
                refuse_float_operators,
            )

            refuse_float_operators(content)
        return content

    def ways_round(self, *, ready: bool) -> tuple[Conversion, ...]:
        """See `Conversion.ways_round`: the other quantizer, then floats where there is no way."""
        strict = super().ways_round(ready=ready)
        if self.quantizer is not Quantizer.AUTO or self.integer_only is not IntegerOnly.AUTO:
            return strict
        floats = self.model_copy(update={"integer_only": IntegerOnly.NO})
        return (*strict, floats, *floats.ways_round(ready=ready))

    @property
    def way_named(self) -> str:
        """See `Conversion.way_named`."""
        if self.integer_only is IntegerOnly.YES and self.quantizer is Quantizer.AUTO:
            return "To leave in float what has no integer form, use integer_only=auto."
        return super().way_named

    def with_litert(self) -> Maker:
        """See `Quantized.with_litert`."""
        return Maker(
            "optimizer.techniques.converters.litert_quantizer:quantize_static",
            {
                "activation_bits": self.activation_bits,
                "samples": self.calibration_samples,
                "boundary": self.boundary,
            },
        )

    def with_tensorflow(self) -> Maker:
        """See `Quantized.with_tensorflow`."""
        floats = ("TFLITE_BUILTINS",) if self.integer_only is IntegerOnly.NO else ()
        return Maker(
            "optimizer.techniques.converters.tensorflow_converter:in_integers",
            {
                "operator_sets": (self.operator_set, *floats),
                "samples": self.calibration_samples,
                "boundary": self.boundary,
            },
        )

    def departures(self, file: "Flatbuffer") -> tuple[str, ...]:
        """See `Conversion.departures`: inputs that hold indices keep their type."""
        if self.boundary == "float32":
            return ()
        from optimizer.tflite.indices import index_inputs  # noqa: PLC0415 (workers only)

        main = file.graphs[0]
        if not any(index_inputs(main)):
            return ()
        kept = {tensor.dtype.lower() for tensor in main.inputs}
        return (
            f"The inputs keep {either(sorted(kept))} though io={self.boundary} was asked for: the "
            "model takes whole numbers that stand for something, such as words, and 256 steps "
            "would fold them together.",
        )
