"""techniques/training/: what training steps can do with each layer of a model. Workers only."""

from collections.abc import Collection, Iterable
from typing import Any

import tf_keras

from optimizer.models.summary import LayerFit
from optimizer.techniques.registry import training_steps
from optimizer.techniques.training_step import TrainingTime


def layer_fits(model: Any, frozen: Collection[str] = ()) -> tuple[LayerFit, ...]:
    """One entry for each layer of a plain tf_keras model, inputs left out, in its order.

    Args:
        model: The model, in which frozen layers have been thawed.
        frozen: Names of those.
    """
    return fits_for(model, training_steps(), frozen)


def fits_for(
    model: Any, kinds: Iterable[type[TrainingTime]], frozen: Collection[str]
) -> tuple[LayerFit, ...]:
    """The same of some techniques alone."""
    obstacles = {step.name: step.obstacles(model) for step in kinds}
    return tuple(
        LayerFit(
            name=layer.name,
            kind=type(layer).__name__,
            parameters=int(layer.count_params()),
            obstacles={step: found[layer.name] for step, found in obstacles.items() if found},
            frozen=layer.name in frozen,
        )
        for layer in model.layers
        if not isinstance(layer, tf_keras.layers.InputLayer)
    )


def surveys(model: Any) -> dict[str, str]:
    """What the checks of training steps have to know of a plain tf_keras model, by their names."""
    told = {step.name: step.survey(model) for step in training_steps()}
    return {name: text for name, text in told.items() if text}
