"""techniques/training/: one training step from a model to the next, without a study's folders.

Workers only: it imports TensorFlow. A script that makes a file again (`export.script`) carries it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tf_keras

from optimizer.arrays import Array
from optimizer.data.dataset import Dataset
from optimizer.errors import TrainingError
from optimizer.models.bridge.replay import to_tf_keras
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.reporting import Report
from optimizer.techniques.properties import Property
from optimizer.techniques.tfmot.clone import clone
from optimizer.techniques.training.frozen import freeze, thaw
from optimizer.techniques.training.layer_support import fits_for
from optimizer.techniques.training.learn import learn, losses
from optimizer.techniques.training.prepared import Prepared, Start
from optimizer.techniques.training.training_loop import Fitted
from optimizer.techniques.training_step import TrainingTime

Structure = tuple[type[TrainingTime], str]
"""What a step did to the layers themselves: its kind, and what `restructured` of that reads."""


@dataclass(frozen=True)
class AtHand:
    """What all training steps of a recipe have before them.

    Attributes:
        came: The float model as it came, in tf_keras.
        dataset: The data.
        summary: What is known of the model.
        fits: What can be done with each of its layers.
        kinds: Techniques that are asked for that again once the layers have changed.
    """

    came: Any
    dataset: Dataset
    summary: ModelSummary
    fits: Sequence[LayerFit]
    kinds: Sequence[type[TrainingTime]]

    @property
    def frozen(self) -> set[str]:
        """Names of layers that came frozen."""
        return {fit.name for fit in self.fits if fit.frozen}


@dataclass(frozen=True)
class Taken:
    """What a step made.

    Attributes:
        prepared: What was trained, and how it differs.
        finished: The model that is left.
        fitted: How training went; None where nothing was trained.
    """

    prepared: Prepared
    finished: Any
    fitted: Fitted | None


def rebuild(original: Any) -> tuple[Any, frozenset[str]]:
    """A model in tf_keras as all training steps start from it, and which layers came frozen.

    Args:
        original: A functional or Sequential model of keras or tf_keras.

    Raises:
        ModelError: a layer cannot be carried over.
    """
    model = to_tf_keras(original)
    return model, thaw(model)


def as_left(came: Any, structures: Sequence[Structure], weights: Sequence[Array] | None) -> Any:
    """A fresh model as a step left it.

    Args:
        came: The float model as it came; not changed.
        structures: What the steps so far did to the layers themselves.
        weights: That the last left; None: its own.
    """
    model = clone(came)
    for kind, how in structures:
        model = kind.restructured(model, how)
    if weights is not None:
        model.set_weights(list(weights))
    return model


def take_step(
    step: TrainingTime,
    model: Any,
    given: frozenset[Property],
    at_hand: AtHand,
    folder: Path,
    report: Report,
    *,
    changed: bool,
) -> Taken:
    """Does one step.

    Args:
        step: The step.
        model: As the steps before left it; not changed.
        given: What they gave it.
        at_hand: The float model and the data.
        folder: Empty, or with what a killed training goes on from.
        report: Told the progress.
        changed: Whether a step before has changed the layers themselves.

    Raises:
        RecipeError: a step's parameters do not fit the model.
        TrainingError: tfmot refuses the model, or the loss became NaN.
    """
    start = start_of(step, model, given, at_hand, folder, report, changed=changed)
    prepared = step.prepare(start)
    if not step.train_frozen:
        freeze(prepared.model, {fit.name for fit in start.fits if fit.frozen})
    fitted = None
    if step.epochs == 0:
        prepared.at_once(prepared.model)
    else:
        came, dataset, summary = at_hand.came, at_hand.dataset, at_hand.summary
        try:
            fitted = learn(step, prepared, came, dataset, summary, folder, report)
        except TrainingError:
            shutil.rmtree(folder)  # going on from here would fail again
            raise
    return Taken(prepared, prepared.finish(prepared.model), fitted)


def start_of(
    step: TrainingTime,
    model: Any,
    given: frozenset[Property],
    at_hand: AtHand,
    folder: Path,
    report: Report,
    *,
    changed: bool,
) -> Start:
    """Where a step stands; the arguments are those of `take_step`."""
    came, dataset, summary = at_hand.came, at_hand.dataset, at_hand.summary

    def learn_before(brief: TrainingTime, prepared: Prepared, name: str) -> None:
        (folder / name).mkdir(exist_ok=True)
        if not brief.train_frozen:
            freeze(prepared.model, at_hand.frozen)
        learn(brief, prepared, came, dataset, summary, folder / name, report)

    return Start(
        model=model,
        fits=fits_for(model, at_hand.kinds, at_hand.frozen) if changed else tuple(at_hand.fits),
        given=given,
        steps_per_epoch=max(1, -(-len(dataset.normal("training")) // step.batch_size)),
        came=came,
        macs=summary.macs,
        calibration=dataset.samples("calibration") if dataset.record.calibration else None,
        report=report,
        learn=learn_before,
        losses=lambda brief, of, batches: losses(brief, came, dataset, summary, of, batches),
    )


def clear() -> None:
    """Frees what earlier trainings of this process left, and counts layers' names anew."""
    tf_keras.backend.clear_session()
