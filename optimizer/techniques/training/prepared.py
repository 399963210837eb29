"""techniques/training/: what a step starts from, and what is made ready for it. Workers only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from optimizer.data.samples import Samples
from optimizer.models.summary import LayerFit
from optimizer.reporting import Report
from optimizer.techniques.properties import Property
from optimizer.techniques.training_step import TrainingTime


@dataclass(frozen=True)
class Start:
    """Where a step stands in its recipe.

    Attributes:
        model: A plain tf_keras model: the float model as the steps before left it. Not changed.
        fits: What can be done with each of its layers.
        given: What the steps before gave the model, all of which the step keeps.
        steps_per_epoch: Training steps in an epoch; 1 without training data.
        came: The float model as it came. Not changed.
        macs: Multiply-accumulate operations of its float file; None where they are not known.
        calibration: Samples of the calibration role; None without.
        report: Told the progress.
        learn: Trains a model in place before the step itself does, with the parameters of a step
            and a name for the folder in which it goes on if it was killed.
        losses: Of a step and a model that it is at, on so many batches of the training role, the
            losses that training would make smaller, each a function that gives it as a tensor.
    """

    model: Any
    fits: tuple[LayerFit, ...]
    given: frozenset[Property]
    steps_per_epoch: int
    came: Any
    macs: int | None
    calibration: Samples | None
    report: Report
    learn: "Callable[[TrainingTime, Prepared, str], None]"
    losses: "Callable[[TrainingTime, Any, int], Iterator[Callable[[], Any]]]"


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
        change: How the layers differ from those that the step started from, in a form that the
            technique's `restructured` reads; empty where only weights do.
        channels: By layer how many channels it had before and has now, where that changed.
    """

    model: Any
    layers: tuple[str, ...]
    finish: Callable[[Any], Any]
    callbacks: tuple[Any, ...] = ()
    settled: int = 0
    at_once: Callable[[Any], None] = field(default=lambda _: None)
    sparsity: Callable[[Any], float] | None = None
    plain: bool = True
    change: str = ""
    channels: dict[str, tuple[int, int]] = field(default_factory=dict)
