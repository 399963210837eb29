"""techniques/training/: what a step starts from, and what is made ready for it. Workers only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from optimizer.models.summary import LayerFit
from optimizer.techniques.properties import Property


@dataclass(frozen=True)
class Start:
    """Where a step stands in its recipe.

    Attributes:
        model: A plain tf_keras model: the float model as the steps before left it. Not changed.
        fits: What can be done with each of its layers.
        given: What the steps before gave the model, all of which the step keeps.
        steps_per_epoch: Training steps in an epoch; 1 without training data.
    """

    model: Any
    fits: tuple[LayerFit, ...]
    given: frozenset[Property]
    steps_per_epoch: int


@dataclass(frozen=True)
class Prepared:
    """A model made ready for training.

    Attributes:
        model: What is trained: a tf_keras model with wrappers around some layers.
        layers: Names of the layers that the step touches.
        finish: Takes the trained model, gives the one for the next step or the conversion.
        callbacks: What the technique itself needs during training.
        settled: The first epoch (from 0) whose result keeps what the step promises.
        at_once: Does the step's work without training, where that is possible.
        sparsity: The share of zeros in the pruned weights now; None if nothing is pruned.
        plain: Whether what `finish` gives is the model's own layers with other weights; otherwise
            only a conversion can follow.
    """

    model: Any
    layers: tuple[str, ...]
    finish: Callable[[Any], Any]
    callbacks: tuple[Any, ...] = ()
    settled: int = 0
    at_once: Callable[[Any], None] = field(default=lambda _: None)
    sparsity: Callable[[Any], float] | None = None
    plain: bool = True
