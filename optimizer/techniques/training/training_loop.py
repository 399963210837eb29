"""techniques/training/: the training itself, the same for every technique. Workers only."""

import math
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras

from optimizer import working_time
from optimizer.errors import TrainingError
from optimizer.reporting import Report
from optimizer.techniques.training import history
from optimizer.techniques.training.checkpoint import Checkpoints, State
from optimizer.techniques.training.feed import Feed
from optimizer.techniques.training.history import Moment
from optimizer.techniques.training.objective import Objective
from optimizer.techniques.training.pace import Pace
from optimizer.techniques.training.prepared import Prepared
from optimizer.techniques.training_step import TrainingTime
from optimizer.words import rough_duration

MOMENTS = 200  # points of a curve
LOOK_SECONDS = 0.3  # between two lines of progress
SGD_MOMENTUM = 0.9
STATISTICS_PER_EPOCH = 10
FEWEST_BATCHES = 10  # that statistics are averaged over; fewer are mostly noise


@dataclass(frozen=True)
class Fitted:
    """How a training ended.

    Attributes:
        epochs: Epochs done.
        best_epoch: The epoch (from 1) that was kept.
        seconds: What the epochs took in all.
    """

    epochs: int
    best_epoch: int
    seconds: float


def fit(
    step: TrainingTime,
    prepared: Prepared,
    objective: Objective,
    training: Feed,
    tuning: Feed | None,
    folder: Path,
    report: Report,
) -> Fitted:
    """Trains `prepared.model` in place, and leaves it with the weights of its best epoch.

    The best epoch is the one with the smallest loss on the tuning role among those that keep what
    the step promises; without a tuning role it is the last.

    Args:
        step: Says how.
        prepared: The model.
        objective: The loss.
        training: What is learnt from.
        tuning: What the best epoch is chosen by; None if there is nothing.
        folder: Takes the history, TensorBoard's log and the checkpoints. With checkpoints of an
            earlier run in it, training goes on from there.
        report: Told the progress.

    Raises:
        TrainingError: the loss became NaN.
    """
    tf_keras.utils.set_random_seed(step.seed)
    model = prepared.model
    _hasten_statistics(model, training.steps)
    if not step.dropout:
        _stop_dropout(model)
    model.compile(
        optimizer=_optimizer(step),
        loss=objective.losses,
        weighted_metrics=[tf_keras.metrics.MeanMetricWrapper(objective.metric, name="metric")]
        if len(objective.losses) == 1
        else [],
    )
    model.optimizer.build(model.trainable_variables)
    checkpoints = Checkpoints(folder, model, model.optimizer)
    state = checkpoints.restore()
    history.rewrite(folder, (m for m in history.read(folder) if m.epoch <= state.epoch))
    pace = Pace(training.steps, tuning.steps if tuning else 0, step.epochs)
    watch = _Watch(step, prepared, objective, pace, training.steps, state, folder, report)
    callbacks = [*prepared.callbacks, _tensorboard(prepared, folder), watch]
    samples = len(training.samples)
    # Each epoch has an order of its own, which a training that is resumed finds again.
    orders = (
        np.random.default_rng([step.seed, epoch]).permutation(samples)
        for epoch in count(state.epoch)
    )
    train_on = training.passes(partial(next, orders), step.augmentation)
    tune_on = tuning.passes() if tuning else None
    while state.epoch < step.epochs and not _stops_early(step, state):
        began = working_time.now()
        watch.state = state
        model.fit(
            train_on,
            validation_data=tune_on,
            initial_epoch=state.epoch,
            epochs=state.epoch + 1,
            callbacks=callbacks,
            verbose=0,
        )
        pace.epoch(working_time.now())
        state = _after(step, prepared.settled, state, watch.tuning_loss)
        state = replace(state, seconds=state.seconds + working_time.now() - began)
        checkpoints.save(state)
    checkpoints.take_best(state)
    return Fitted(state.epoch, state.best_epoch, state.seconds)


def _after(step: TrainingTime, settled: int, state: State, loss: float | None) -> State:
    """The state after one more epoch with this tuning loss."""
    epoch = state.epoch + 1
    if epoch <= settled:  # zeros are still being made: no epoch up to here may be kept
        return replace(state, epoch=epoch)
    if loss is None or loss < state.best_loss:
        best = math.inf if loss is None else loss
        return replace(state, epoch=epoch, best_epoch=epoch, best_loss=best, waited=0)
    waited = state.waited + 1
    halve = step.plateau > 0 and waited % (step.plateau + 1) == 0
    return replace(state, epoch=epoch, waited=waited, halvings=state.halvings + halve)


def learning_rate(step: TrainingTime, state: State, progress: float) -> float:
    """The learning rate at a share `progress` (0..1) of the training.

    Cosine: Loshchilov & Hutter, SGDR (2017), without restarts.
    """
    decay = (1 + math.cos(math.pi * progress)) / 2 if step.decay == "cosine" else 1.0
    return float(step.learning_rate * decay / 2**state.halvings)


def _stops_early(step: TrainingTime, state: State) -> bool:
    return bool(step.patience) and state.waited >= step.patience


def _hasten_statistics(model: Any, steps: int) -> None:
    """Lets the statistics of BatchNormalization follow within a tenth of an epoch.

    Their usual momentum of 0.99 averages over hundreds of steps. Zeros and clusters change what
    layers give faster, and statistics that lag behind cost most of the accuracy in short training.
    """
    fast = 1 - 1 / max(FEWEST_BATCHES, steps / STATISTICS_PER_EPOCH)
    for module in model.submodules:
        if isinstance(module, tf_keras.layers.BatchNormalization):
            module.momentum = min(module.momentum, fast)


def _stop_dropout(model: Any) -> None:
    for module in model.submodules:
        if isinstance(module, tf_keras.layers.Dropout):  # spatial dropout is one too
            module.rate = 0.0


def _optimizer(step: TrainingTime) -> Any:
    if step.optimizer == "sgd":
        return tf_keras.optimizers.SGD(step.learning_rate, momentum=SGD_MOMENTUM)
    kinds = {"adam": tf_keras.optimizers.Adam, "rmsprop": tf_keras.optimizers.RMSprop}
    return kinds[step.optimizer](step.learning_rate)


def _tensorboard(prepared: Prepared, folder: Path) -> Any:
    """TensorBoard's log; of a pruning, with tfmot's own curves of sparsity and threshold."""
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_callbacks import (  # noqa: PLC0415 (takes seconds)
        PruningSummaries,
    )

    log = str(folder / "tensorboard")
    if prepared.sparsity is None:
        return tf_keras.callbacks.TensorBoard(log, write_graph=False)
    return PruningSummaries(log, write_graph=False, update_freq="epoch")


class _Watch(tf_keras.callbacks.Callback):  # type: ignore[misc]  # tf_keras has no types
    """Tells the progress, writes the history, and ends a training whose loss is no number."""

    def __init__(
        self,
        step: TrainingTime,
        prepared: Prepared,
        objective: Objective,
        pace: Pace,
        steps: int,
        state: State,
        folder: Path,
        report: Report,
    ) -> None:
        super().__init__()
        self.step, self.prepared, self.objective = step, prepared, objective
        self.steps, self.state, self.folder, self.report = steps, state, folder, report
        # Often enough that there is a curve to look at within the first epoch.
        self.stride = max(1, min(step.epochs * steps // MOMENTS, steps // 5))
        self.tuning_loss: float | None = None
        self.pace, self.looked = pace, 0.0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras)
        """The learning rate of the step."""
        progress = (self.state.epoch * self.steps + batch) / self._all_steps()
        rate = learning_rate(self.step, self.state, progress)
        self.model.optimizer.learning_rate.assign(rate)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """A point of the curve now and then, and a line of progress a few times a second."""
        step = self.state.epoch * self.steps + batch + 1
        now = working_time.now()
        self.pace.step(step, now)
        drawn = step % self.stride == 0 and batch + 1 < self.steps
        if not drawn and now - self.looked < LOOK_SECONDS:
            return
        loss, metric = float(logs["loss"]), _number(logs, "metric")
        self._refuse_nan(loss, step)
        if drawn:
            self._write(step, loss, metric, None, None)
        if now - self.looked >= LOOK_SECONDS:
            self.looked = now
            self.report(self._line(batch, loss, metric), step / self._all_steps())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The point at the end of an epoch, with the losses on both roles."""
        step = (epoch + 1) * self.steps
        loss = float(logs["loss"])
        self._refuse_nan(loss, step)
        self.tuning_loss = float(logs["val_loss"]) if "val_loss" in logs else None
        tuning_metric = _number(logs, "val_metric") if "val_metric" in logs else None
        self._write(step, loss, _number(logs, "metric"), self.tuning_loss, tuning_metric)

    def _all_steps(self) -> int:
        return self.step.epochs * self.steps

    def _write(
        self,
        step: int,
        loss: float,
        metric: float,
        tuning: float | None,
        tuning_metric: float | None,
    ) -> None:
        sparsity = self.prepared.sparsity
        moment = Moment(
            step=step,
            epoch=step / self.steps,
            loss=loss,
            metric=metric,
            tuning_loss=tuning,
            tuning_metric=tuning_metric,
            sparsity=sparsity(self.model) if sparsity else None,
            learning_rate=float(self.model.optimizer.learning_rate),
        )
        history.append(self.folder, moment)

    def _line(self, batch: int, loss: float, metric: float) -> str:
        left = self.pace.left()
        most = "at most " if self.step.patience else ""
        name = self.objective.metric_name
        shown = f"{metric:.3g}" if name == "mae" else f"{metric:.1%}"
        return (
            f"{self.step.label}: epoch {self.state.epoch + 1} of {self.step.epochs}, "
            f"step {batch + 1} of {self.steps}, loss {loss:.3g}, {name} {shown}"
            + (f", {most}{rough_duration(left)} left" if left is not None else "")
        )

    def _refuse_nan(self, loss: float, step: int) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss of {self.step.name} became {loss} at step {step}, in epoch "
                f"{self.state.epoch + 1}, so training was stopped. Try a smaller learning rate, "
                f"such as {self.step.learning_rate / 10:.0e}, and look for extreme values in the "
                "labels."
            )


def _number(logs: Any, name: str) -> float:
    """A metric; models of several outputs have none in common, so their loss stands for it."""
    return float(logs[name] if name in logs else logs[name.replace("metric", "loss")])
