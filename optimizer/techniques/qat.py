"""techniques/: quantization-aware training."""

from functools import partial
from typing import TYPE_CHECKING

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.technique import Family
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    with_default,
)

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start


class Qat(TrainingTime):
    """Trains with the rounding of int8 in place; zeros and clusters of earlier steps stay."""

    name = "qat"
    label = "Quantization-aware training"
    summary = "Trains with int8's rounding in place, so that the int8 file loses less accuracy."
    family = Family.QAT
    rank = 3
    libraries = (*TrainingTime.libraries, "tensorflow-model-optimization")

    learning_rate: float = with_default("learning_rate", 1e-4)
    layers: str = layers_parameter()
    skip: str = skip_parameter()

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        able = [fit.name for fit in model.fits if fit.qat is None]
        choose_layers(model.fits, able, self.layers, self.skip)

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.tfmot import (  # noqa: PLC0415 (workers only)
            quantization_aware,
        )
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        able = [fit.name for fit in start.fits if fit.qat is None]
        layers = choose_layers(start.fits, able, self.layers, self.skip)
        clusters = "cluster" in start.before
        model = quantization_aware.make_quantization_aware(
            start.model,
            layers,
            preserve_sparsity="prune" in start.before,
            preserve_clusters=clusters,
        )
        return Prepared(
            model,
            tuple(layers),
            finish=partial(quantization_aware.strip, clusters=clusters),
            plain=False,
        )
