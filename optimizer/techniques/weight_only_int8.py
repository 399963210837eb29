"""techniques/: 8-bit weights with float32 arithmetic."""

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.technique import Conversion, Family, Sources, already_quantized


class WeightOnlyInt8(Conversion):
    """8-bit weights that are turned back into float32 before they are used."""

    name = "weight_only_int8"
    label = "Weight-only int8"
    summary = "8-bit weights, float arithmetic: a quarter of the size at nearly full accuracy."
    family = Family.WEIGHTS
    libraries = ("litert-quantizer",)

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        return already_quantized(model) or super().misfit(model, data)

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        from optimizer.techniques.litert import quantize_weights  # noqa: PLC0415 (workers only)

        return quantize_weights(sources)
