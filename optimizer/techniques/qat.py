"""techniques/: quantization-aware training."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.techniques.family import QAT
from optimizer.techniques.properties import CLUSTERS, RANGES, ZEROS, Property
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Conversion
from optimizer.techniques.tfmot.preserving import KEPT_IN
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    with_default,
)

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start


@technique
class Qat(TrainingTime):
    """Trains with the rounding of int8 in place; zeros and clusters of earlier steps stay."""

    name = "qat"
    label = "Quantization-aware training"
    abbreviation = "QAT"
    summary = "Trains with int8's rounding in place, so that the int8 file loses less accuracy."
    family = QAT
    rank = 40
    libraries = (*TrainingTime.libraries, "tensorflow-model-optimization")
    done = "annotated"
    cost = 2.0
    gives = RANGES
    keeps = frozenset({ZEROS, CLUSTERS})

    learning_rate: float = with_default("learning_rate", 1e-4)
    layers: str = layers_parameter()
    skip: str = skip_parameter()

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        self.reaches(model.fits)

    def reaches(self, fits: Sequence[LayerFit]) -> list[str]:
        """See `TrainingTime.reaches`."""
        return choose_layers(fits, self.may(fits, self.able(fits)), self.layers, self.skip)

    def check_place(self, given: frozenset[Property], conversion: Conversion) -> None:
        """See `TrainingTime.check_place`."""
        super().check_place(given, conversion)
        if RANGES not in conversion.keeps:
            raise RecipeError(
                f"qat trains for int8 with TensorFlow's converter; {conversion} would "
                "throw its ranges away. Use qat+int8."
            )

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:
        """See `TrainingTime.obstacles`."""
        from optimizer.techniques.tfmot.annotation import (  # noqa: PLC0415 (workers only)
            quantizable,
        )

        return quantizable(model)

    def why_lost(self, what: Property, layer: LayerFit, *, touched: bool) -> str | None:
        """See `TrainingTime.why_lost`."""
        if touched and layer.kind not in KEPT_IN:
            return (
                f"In a {layer.kind}, tfmot's quantization-aware training does not keep {what.name}."
            )
        return super().why_lost(what, layer, touched=touched)

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.tfmot import (  # noqa: PLC0415 (workers only)
            quantization_aware,
        )
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        layers = self.reaches(start.fits)
        clusters = CLUSTERS in start.given
        model = quantization_aware.make_quantization_aware(
            start.model,
            layers,
            preserve_sparsity=ZEROS in start.given,
            preserve_clusters=clusters,
        )
        return Prepared(
            model,
            tuple(layers),
            finish=partial(quantization_aware.strip, clusters=clusters),
            plain=False,
        )
