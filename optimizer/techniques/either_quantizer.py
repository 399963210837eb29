"""techniques/: what all conversions share that either of two programs can do."""

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import ModelSummary
from optimizer.techniques.quantizer import Quantizer
from optimizer.techniques.technique import Conversion, Maker, already_quantized, parameter


class Quantized(Conversion):
    """A conversion by TensorFlow's converter, from the SavedModel, or by the LiteRT Quantizer.

    The latter works on the float `.tflite` alone, and so on a model that came as one.
    """

    quantizer: Quantizer = parameter(
        Quantizer.AUTO,
        "Quantizer",
        "TensorFlow's converter, or the newer LiteRT Quantizer. Automatic: the converter, or the "
        "LiteRT Quantizer where it refuses, and for a ready .tflite, which only that can work on.",
        advanced=True,
    )

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        return already_quantized(model) or super().misfit(model, data)

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        if model.ready and self.quantizer is Quantizer.CONVERTER:
            raise RecipeError(
                f"{self.name}: TensorFlow's converter cannot read a ready .tflite. "
                "Use quantizer=litert."
            )

    @property
    def program(self) -> str:
        """See `Conversion.program`."""
        return "LiteRT Quantizer" if self.quantizer is Quantizer.LITERT else super().program

    def made_with(self, model: ModelSummary) -> tuple[str, ...]:
        """See `Technique.made_with`."""
        if self.quantizer is Quantizer.LITERT or model.ready:
            return ("litert-quantizer",)
        # Where one refuses the other is tried, see `ways_round`.
        either = self.quantizer is Quantizer.AUTO
        return ("tensorflow", "litert-quantizer") if either else ("tensorflow",)

    def ways_round(self, *, ready: bool) -> tuple[Conversion, ...]:
        """See `Conversion.ways_round`: the other quantizer."""
        if ready or self.quantizer is not Quantizer.AUTO:
            return ()
        return (self.model_copy(update={"quantizer": Quantizer.LITERT}),)

    @property
    def way_named(self) -> str:
        """See `Conversion.way_named`."""
        if self.quantizer is Quantizer.AUTO:
            return ""
        return "With quantizer=auto the other quantizer is tried where one refuses."

    def maker(self, *, ready: bool) -> Maker:
        """See `Conversion.maker`."""
        by_litert = ready or self.quantizer is Quantizer.LITERT
        return self.with_litert() if by_litert else self.with_tensorflow()

    def with_litert(self) -> Maker:
        """What quantizes the float `.tflite`."""
        raise NotImplementedError

    def with_tensorflow(self) -> Maker:
        """What converts the SavedModel."""
        raise NotImplementedError
