"""techniques/: plain fine-tuning, the control for everything else that trains."""

from typing import TYPE_CHECKING

from optimizer.techniques.family import FINETUNED
from optimizer.techniques.registry import technique
from optimizer.techniques.training_step import TrainingTime, with_default

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start


@technique
class Finetune(TrainingTime):
    """More training, and nothing else."""

    name = "finetune"
    label = "Fine-tune"
    summary = (
        "Trains on and changes nothing else: shows whether it was QAT that helped, or more epochs."
    )
    family = FINETUNED
    rank = 10

    learning_rate: float = with_default("learning_rate", 1e-4)

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.tfmot.clone import clone  # noqa: PLC0415 (workers only)
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        layers = tuple(layer.name for layer in start.model.layers if layer.trainable_weights)
        return Prepared(clone(start.model), layers, finish=lambda trained: trained)
