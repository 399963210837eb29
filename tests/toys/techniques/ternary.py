"""techniques/: a toy that trains: each kernel keeps one value, its negative, and zero."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.techniques.family import Family
from optimizer.techniques.promise import Place, Promise
from optimizer.techniques.properties import WeightProperty
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import parameter
from optimizer.techniques.training_step import TrainingTime, with_default
from optimizer.tflite.facts import WeightTensor

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start

LEVELS = 3


class Levels(WeightProperty):
    """Weights are one of few levels; what is promised is how many a channel has at most."""

    def beside(self, weight: WeightTensor, promise: Promise) -> str:
        """See `WeightProperty.beside`."""
        return f"{weight.unique_per_channel} of {promise.promised} levels"

    def kept(self, weights: Sequence[WeightTensor]) -> str:
        """See `WeightProperty.kept`."""
        return f"at most {LEVELS} levels"


@technique
class Ternary(TrainingTime):
    """Sets every weight to one of three levels, after training."""

    name = "ternary"
    label = "Ternary"
    summary = "Gives every kernel three levels, so that the file shrinks when it is compressed."
    family = Family("ternary", "#7c6f9b")
    rank = 15
    done = "made ternary"
    trains_always = False
    cost = 1.5
    gives = Levels("levels", "Levels", "more levels than promised")

    epochs: int = with_default("epochs", 2)
    width: float = parameter(
        0.3, "Width of zero", "Weights below this share of the largest become zero.", low=0.0,
        high=0.9,
    )  # fmt: skip

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:
        """See `TrainingTime.obstacles`."""
        return {
            layer.name: None if hasattr(layer, "kernel") else "has no kernel"
            for layer in model.layers
        }

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.tfmot.clone import clone
        from optimizer.techniques.training.prepared import Prepared

        layers = self.able(start.fits)
        finish = partial(_make_ternary, layers=layers, width=self.width)
        return Prepared(clone(start.model), tuple(layers), finish=finish)

    def promise(self, place: Place) -> Promise:
        """How many levels a channel has at most."""
        kept = place.weight.unique_per_channel <= LEVELS
        explanation = "" if kept else place.why_lost(self)
        return Promise(promised=LEVELS, kept=kept, explanation=explanation)


def _make_ternary(model: Any, layers: Sequence[str], width: float) -> Any:
    for name in layers:
        kernel = model.get_layer(name).kernel
        weights = kernel.numpy()
        large = np.abs(weights) > width * np.abs(weights).max()
        kernel.assign(np.where(large, np.sign(weights) * np.abs(weights[large]).mean(), 0))
    return model
