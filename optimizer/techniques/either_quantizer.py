"""techniques/: what all conversions share that either of two programs can do."""

from pathlib import Path

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import ModelSummary
from optimizer.techniques.quantizer import Quantizer
from optimizer.techniques.technique import Conversion, Sources, already_quantized, parameter


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

    def by_litert(self, sources: Sources) -> bool:
        """Whether the LiteRT Quantizer makes the file."""
        without_source = self.quantizer is Quantizer.AUTO and sources.saved_model is None
        return without_source or self.quantizer is Quantizer.LITERT

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

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        if sources.saved_model is None or self.by_litert(sources):
            return self.with_litert(sources)
        return self.with_tensorflow(sources.saved_model, sources)

    def with_litert(self, sources: Sources) -> bytes:
        """Quantizes the float `.tflite`."""
        raise NotImplementedError

    def with_tensorflow(self, saved_model: Path, sources: Sources) -> bytes:
        """Converts the SavedModel."""
        raise NotImplementedError
