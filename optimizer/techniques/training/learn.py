"""techniques/training/: one training step: the loss, the batches, the fit. Workers only."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from optimizer.arrays import Array
from optimizer.data.data_options import Role
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.models.summary import ModelSummary
from optimizer.reporting import Report
from optimizer.techniques.training.feed import Feed, balance, make_feed, teach
from optimizer.techniques.training.material import Material, material
from optimizer.techniques.training.objective import Objective, objective, together
from optimizer.techniques.training.prepared import Prepared
from optimizer.techniques.training.training_loop import Fitted, fit
from optimizer.techniques.training_step import TrainingTime

LOOK_SAMPLES = 64  # on which probabilities are told from logits


def learn(
    step: TrainingTime,
    prepared: Prepared,
    teacher: Any,
    dataset: Dataset,
    model: ModelSummary,
    folder: Path,
    report: Report,
) -> Fitted:
    """Trains `prepared.model` in place on the training role.

    Args:
        step: Says how.
        prepared: The model.
        teacher: The float model as it came, for distillation.
        dataset: Its tuning role chooses the best epoch.
        model: Says what its outputs end in, and what it was compiled with.
        folder: See `fit`.
        report: Told the progress.

    Raises:
        RecipeError: the loss does not fit the model.
        TrainingError: the loss became NaN.
    """
    lesson = _Lesson(step, teacher, dataset, model)
    training = lesson.feed(lesson.material("training"))
    report(f"{step.label}: tracing the graph", 0.0)
    tuning = lesson.material("tuning")
    watched = lesson.feed(tuning) if len(tuning.samples) else None
    return fit(step, prepared, lesson.objective, training, watched, folder, report)


def losses(
    step: TrainingTime,
    teacher: Any,
    dataset: Dataset,
    model: ModelSummary,
    of: Any,
    batches: int,
) -> Iterator[Callable[[], Any]]:
    """What training makes smaller, on one batch of the training role after the other.

    Args:
        step: Says what the loss is.
        teacher: See `learn`.
        dataset: See `learn`.
        model: See `learn`.
        of: What it is the loss of.
        batches: How many, where there are as many.

    Yields:
        A function of nothing, which gives the loss as a tensor.
    """
    lesson = _Lesson(step, teacher, dataset, model)
    training = lesson.feed(lesson.material("training"))
    order = np.random.default_rng(step.seed).permutation(len(training.samples))
    for inputs, targets, weights in training.passes(lambda: order).take(batches):
        yield partial(_loss, of, lesson.objective, inputs, targets, weights)


def _loss(model: Any, goal: Objective, inputs: Any, targets: Any, weights: Any) -> Any:
    outputs = tf.nest.flatten(model(inputs, training=False))
    parts = zip(goal.losses, tf.nest.flatten(targets), outputs, strict=True)
    return tf.add_n([tf.reduce_mean(weights * loss(target, out)) for loss, target, out in parts])


class _Lesson:
    """What a step learns of a dataset, and by which loss."""

    def __init__(
        self, step: TrainingTime, teacher: Any, dataset: Dataset, model: ModelSummary
    ) -> None:
        self._step, self._teacher = step, teacher
        self._dataset, self._model = dataset, model
        self._outputs = teach(teacher, dataset.samples("training").batch(0, LOOK_SAMPLES))

    def material(self, role: Role) -> Material:
        """A role's samples with their labels."""
        return material(self._dataset, role, self._outputs[self._dataset.record.output].shape[1:])

    @cached_property
    def objective(self) -> Objective:
        """The loss."""
        learnt = self.material("training")
        record = self._dataset.record
        first = self._of_output(learnt.task, record.output, learnt.labels, self._step.loss)
        tasks = {one.output: one.task for one in record.further}
        further = {
            output: self._of_output(tasks[output], output, labels, "auto")
            for output, labels in learnt.further.items()
        }
        return together(first, further) if further else first

    def _of_output(self, task: Task, output: int, labels: Array | None, loss: str) -> Objective:
        return objective(
            task,
            chosen=loss,
            compiled=self._model.loss_of(output) or self._model.loss,
            distillation=self._step.distillation,
            outputs=self._outputs,
            labelled=output,
            positions=() if labels is None else labels.shape[1:],
            activations=self._model.output_activations,
        )

    def feed(self, some: Material) -> Feed:
        """The same in batches, as the loss takes them."""
        return make_feed(
            some.samples,
            some.labels,
            self.objective,
            self._teacher,
            batch_size=self._step.batch_size,
            class_weights=self._class_weights,
            further=tuple(some.further.values()),
        )

    @cached_property
    def _class_weights(self) -> Any:
        record, labels = self._dataset.record, self.material("training").labels
        if not self._step.class_weights or labels is None or record.task is not Task.CLASSIFICATION:
            return None
        return balance(labels, record.classes or 0)
