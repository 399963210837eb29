"""techniques/: 8-bit weights with float32 arithmetic."""

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.family import WEIGHTS
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Conversion, Maker, already_quantized


@technique
class WeightOnlyInt8(Conversion):
    """8-bit weights that are turned back into float32 before they are used."""

    name = "weight_only_int8"
    label = "Weight-only int8"
    summary = "8-bit weights, float arithmetic: a quarter of the size at nearly full accuracy."
    family = WEIGHTS
    rank = 140
    libraries = ("litert-quantizer",)
    stores_as = "INT8"

    @property
    def program(self) -> str:
        """See `Conversion.program`."""
        return "LiteRT Quantizer"

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        return already_quantized(model) or super().misfit(model, data)

    def maker(self, *, ready: bool) -> Maker:  # noqa: ARG002
        """See `Conversion.maker`."""
        return Maker("optimizer.techniques.converters.litert_quantizer:quantize_weights")
