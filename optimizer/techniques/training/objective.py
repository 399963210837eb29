"""techniques/training/: the loss of training: on labels, or on the float model's outputs.

Workers only: it imports TensorFlow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from optimizer.arrays import Float32s
from optimizer.data.labels import OF_CLASSES, Task
from optimizer.data.position_labels import UNJUDGED, class_axis
from optimizer.errors import RecipeError
from optimizer.measure.metrics.class_of_output import rows
from optimizer.measure.probabilities import in_0_to_1
from optimizer.models.summary import CompiledLoss
from optimizer.techniques.losses import (
    CLASS_NUMBERS,
    FOR_CLASSES_ALONE,
    KERAS_NAMES,
    TAKES_LOGITS,
    TAKES_SMOOTHING,
    unfit,
)
from optimizer.techniques.training.output_meaning import Meaning, meaning

LossFunction = Callable[[Any, Any], Any]
TEMPERATURE = 3.0
SMALLEST_PROBABILITY = 1e-7  # as tf_keras.backend.epsilon()


@dataclass(frozen=True)
class Objective:
    """The loss of a training, and how its targets are made.

    A target holds the float model's outputs and the labels side by side on the last axis, as far as
    each is used, because Keras hands a loss one target for each output.

    Attributes:
        losses: One for each output.
        metric: What is shown beside the loss.
        metric_name: "accuracy", "agreement" with the float model, "label_accuracy",
            "position_accuracy", or "mae".
        targets: Makes the targets of a batch, one tensor for each output, from its labels and the
            float model's outputs (None where `teaches` is false).
        teaches: Whether the float model's outputs are needed.
    """

    losses: list[LossFunction]
    metric: LossFunction
    metric_name: str
    targets: Callable[[Any, list[Any] | None], list[Any]]
    teaches: bool


def objective(
    task: Task,
    *,
    chosen: str,
    compiled: CompiledLoss | None,
    distillation: float,
    outputs: list[Float32s],
    labelled: int = 0,
    positions: tuple[int, ...] = (),
    activations: Sequence[str] = (),
) -> Objective:
    """Chooses the loss.

    Args:
        task: Of the data.
        chosen: The loss of the recipe: "auto" or a name from `LOSSES`.
        compiled: What the model was compiled with.
        distillation: Share of the float model's outputs in the loss, 0..1; ignored without labels.
        outputs: The float model's outputs on a few samples; what they are is told from them where
            nothing else says it.
        labelled: The place of the output that the labels are for; of others the float model's
            outputs are the target.
        activations: What each output ends in, by Keras's name; empty if unknown.

    Raises:
        RecipeError: the loss does not fit the model's output.
    """
    ends = [activations[at] if at < len(activations) else "" for at in range(len(outputs))]
    if task is Task.UNLABELLED:
        each = [meaning(task, o, end, compiled) for o, end in zip(outputs, ends, strict=True)]
        classes = each[0] in {Meaning.SHARES, Meaning.CHANCES}
        return Objective(
            losses=[_soft_loss(task, o, m) for o, m in zip(outputs, each, strict=True)],
            metric=_agreement if classes else _absolute_error,
            metric_name="agreement" if classes else "mae",
            targets=lambda _, taught: taught or [],
            teaches=True,
        )
    arranged = _arrangement(task, outputs[labelled], positions)
    seen = arranged(outputs[labelled])
    outputs = [*outputs[:labelled], np.asarray(seen), *outputs[labelled + 1 :]]
    known = _chosen(chosen, compiled, outputs[labelled])
    meant = meaning(task, _each(task, outputs[labelled]), ends[labelled], known)
    soft = [
        _soft_loss(task, o, meant)
        if at == labelled
        else _soft_loss(Task.UNLABELLED, o, meaning(Task.UNLABELLED, o, ends[at]))
        for at, o in enumerate(outputs)
    ]
    hard = _hard_loss(task, chosen, compiled, _each(task, outputs[labelled]), meant)
    width = outputs[labelled].shape[-1]
    metric, name = _shown(task, meant)

    def own(labels: Any) -> Any:
        return labels[..., None] if task is Task.PER_POSITION else labels

    def arranged_first(judge: LossFunction) -> LossFunction:
        def judged(labels: Any, output: Any) -> Any:
            out = arranged(output)
            return judge(_beside(labels, out, task), out)

        return judged

    if distillation == 0 and len(outputs) == 1:
        return Objective(
            [arranged_first(hard)],
            arranged_first(metric),
            name,
            lambda labels, _: [own(labels)],
            teaches=False,
        )

    def mixed(target: Any, output: Any) -> Any:
        taught, labels, out = target[..., :width], target[..., width:], arranged(output)
        return distillation * soft[labelled](taught, out) + (1 - distillation) * hard(labels, out)

    def targets(labels: Any, taught: list[Any] | None) -> list[Any]:
        made = list(taught or [])
        made[labelled] = tf.concat([arranged(made[labelled]), own(labels)], axis=-1)
        return made

    return Objective(
        [*soft[:labelled], mixed, *soft[labelled + 1 :]],
        lambda target, output: arranged_first(metric)(target[..., width:], output),
        name,
        targets,
        teaches=True,
    )


def together(first: Objective, further: Mapping[int, Objective]) -> Objective:
    """The loss where several outputs have labels of their own, which all count the same.

    Args:
        first: Of the output that is judged first. Its metric is shown.
        further: By their places those of the others.

    Returns:
        One whose `targets` take a tuple of labels: the first output's, then the others'.
    """
    losses = [*first.losses]
    for at, goal in further.items():
        losses[at] = goal.losses[at]

    def targets(labels: Any, taught: list[Any] | None) -> list[Any]:
        own, *others = labels
        made = first.targets(own, taught)
        for (at, goal), theirs in zip(further.items(), others, strict=True):
            made[at] = goal.targets(theirs, taught)[at]
        return made

    return Objective(losses, first.metric, first.metric_name, targets, teaches=True)


def _chosen(chosen: str, compiled: CompiledLoss | None, output: Float32s) -> CompiledLoss | None:
    """The loss that says what the outputs are: that of the recipe, or the model's own."""
    if chosen == "auto" or (compiled and compiled.name == chosen):
        return compiled
    if chosen != "binary_crossentropy":
        return None
    return CompiledLoss(chosen, from_logits=not in_0_to_1(output))


def _arrangement(task: Task, output: Float32s, positions: tuple[int, ...]) -> Callable[[Any], Any]:
    """What brings an output into the form of the losses: the classes on the last axis.

    Args:
        task: Of the data.
        output: Some of it, (n, …).
        positions: See `objective`.
    """
    if task is Task.CLASSIFICATION and output.ndim > 2:  # a picture of one pixel
        width = rows(output).shape[1]
        return lambda values: tf.reshape(values, (-1, width))
    if task is not Task.PER_POSITION:
        return lambda values: values
    axis = class_axis(output.shape, (len(output), *positions))
    if axis is None:
        return lambda values: tf.reshape(values, (-1, *positions, 1))
    order = [place for place in range(output.ndim) if place != axis] + [axis]
    return lambda values: tf.transpose(values, order)


def _each(task: Task, output: Float32s) -> Float32s:
    """The outputs of single positions, (n · positions, width), where those are classified."""
    return output.reshape(-1, output.shape[-1]) if task is Task.PER_POSITION else output


def _beside(labels: Any, output: Any, task: Task) -> Any:
    """Labels of positions with their last axis, which Keras takes off where the output has none."""
    if task is not Task.PER_POSITION:
        return labels
    return tf.reshape(labels, tf.concat([tf.shape(output)[:-1], [1]], axis=0))


def _shown(task: Task, meant: Meaning) -> tuple[LossFunction, str]:
    """The metric beside the loss, and its name."""
    threshold = 0.5 if meant in {Meaning.SHARES, Meaning.CHANCES} else 0.0
    if task is Task.CLASSIFICATION:
        return lambda target, out: _right(target, out, threshold), "accuracy"
    if task is Task.PER_POSITION:
        return lambda target, out: _over_judged(
            _right(target, out, threshold), target
        ), "position_accuracy"
    if task is Task.MULTI_LABEL:
        return lambda target, out: _decisions(target, out, threshold), "label_accuracy"
    return _absolute_error, "mae"


def _hard_loss(
    task: Task, chosen: str, compiled: CompiledLoss | None, output: Float32s, meant: Meaning
) -> LossFunction:
    width = output.shape[-1]
    if chosen == "auto" and compiled and not unfit(compiled, task) and _fits(compiled, width):
        name = compiled.name
        options = {
            **{key: _whole(key, value) for key, value in compiled.options.items()},
            **({"from_logits": compiled.from_logits} if name in TAKES_LOGITS else {}),
            **({"label_smoothing": compiled.label_smoothing} if name in TAKES_SMOOTHING else {}),
        }
    else:
        name = _from_the_task(task, width) if chosen == "auto" else chosen
        logits = meant in {Meaning.LOGITS, Meaning.VALUES}
        options = {"from_logits": logits} if name in TAKES_LOGITS else {}
    if name == "sparse_categorical_crossentropy" and width == 1:
        raise RecipeError(
            "The loss sparse_categorical_crossentropy needs an output for each class, but the "
            "model has one output. Use loss=binary_crossentropy."
        )
    numbered = CLASS_NUMBERS | FOR_CLASSES_ALONE
    one_hot = task in OF_CLASSES and width > 1 and name not in numbered
    # Its `call` gives the loss of each sample: Keras then weights the samples and takes the mean.
    function = _keras_loss(name, options).call

    def on_one_hot(target: Any, out: Any) -> Any:
        return function(tf.one_hot(tf.cast(target[..., 0], tf.int32), width), out)

    def on_numbers(target: Any, out: Any) -> Any:
        return function(target[..., 0], out)

    loss: LossFunction = on_one_hot if one_hot else function
    if name in FOR_CLASSES_ALONE:
        loss = on_numbers
    if task is not Task.PER_POSITION:
        return loss

    def of_positions(target: Any, out: Any) -> Any:
        values = loss(tf.maximum(target, 0.0), out)
        # Dice and Tversky give one value for all positions together.
        return _over_judged(values, target) if len(values.shape) > 1 else values

    return of_positions


def _keras_loss(name: str, options: dict[str, Any]) -> Any:
    """A loss of tf_keras, or of Keras 3 where only that has it."""
    kind = KERAS_NAMES[name]
    return (getattr(tf_keras.losses, kind, None) or getattr(keras.losses, kind))(**options)


def _whole(key: str, value: Any) -> Any:
    """An option as Keras takes it: the numbers of axes and classes are whole."""
    if key not in {"axis", "ignore_class"}:
        return value
    return tuple(map(int, value)) if isinstance(value, tuple) else int(value)


def _over_judged(values: Any, target: Any) -> Any:
    """The mean of each sample's values (n, *positions) over the positions that were judged."""
    judged = tf.cast(target[..., 0] > UNJUDGED + 0.5, tf.float32)
    axes = list(range(1, len(values.shape)))
    count = tf.maximum(tf.reduce_sum(judged, axis=axes), 1.0)
    return tf.reduce_sum(tf.cast(values, tf.float32) * judged, axis=axes) / count


def _fits(compiled: CompiledLoss, width: int) -> bool:
    return not (compiled.name == "sparse_categorical_crossentropy" and width == 1)


def _from_the_task(task: Task, width: int) -> str:
    if task is Task.REGRESSION:
        return "mean_squared_error"
    if task is Task.MULTI_LABEL:
        return "binary_crossentropy"
    return "binary_crossentropy" if width == 1 else "sparse_categorical_crossentropy"


def _soft_loss(task: Task, output: Float32s, meant: Meaning) -> LossFunction:
    """How far outputs are from the float model's: divergence for classes, else squared error."""
    if task is Task.PER_POSITION:
        loss = _soft_loss(Task.CLASSIFICATION, _each(task, output), meant)
        return lambda taught, out: tf.reduce_mean(
            loss(taught, out), axis=list(range(1, output.ndim - 1))
        )
    if meant is Meaning.CHANCES:
        return tf_keras.losses.binary_crossentropy  # type: ignore[no-any-return]
    if meant is Meaning.SHARES:
        return lambda taught, out: _softened(_log(taught), _log(out))
    if meant is Meaning.LOGITS and task is Task.CLASSIFICATION and output.shape[-1] > 1:
        return _softened
    # In units of the float model's own spread, so that outputs of any scale weigh the same.
    variance = float(output.var()) or 1.0
    return lambda taught, out: tf.reduce_mean(tf.square(taught - out), axis=-1) / variance


def _softened(taught: Any, out: Any) -> Any:
    """Kullback-Leibler divergence of logits that were softened by a temperature.

    Softened, what the teacher holds for unlikely counts too: Hinton, Vinyals, Dean: Distilling the
    Knowledge in a Neural Network (2015), section 2. The square of the temperature keeps the size of
    the gradients.
    """
    target, found = tf.nn.log_softmax(taught / TEMPERATURE), tf.nn.log_softmax(out / TEMPERATURE)
    return TEMPERATURE**2 * tf.reduce_sum(tf.exp(target) * (target - found), axis=-1)


def _log(probabilities: Any) -> Any:
    return tf.math.log(tf.maximum(probabilities, SMALLEST_PROBABILITY))


def _decisions(target: Any, output: Any, threshold: float) -> Any:
    """The share of labels of each sample that are told right."""
    right = tf.equal(target > 0.5, output > threshold)
    return tf.reduce_mean(tf.cast(right, tf.float32), axis=-1)


def _right(target: Any, output: Any, threshold: float) -> Any:
    """Whether the class is right, 1 or 0, of each sample or position."""
    if output.shape[-1] == 1:
        return tf.cast(tf.equal(target[..., 0] > 0.5, output[..., 0] > threshold), tf.float32)
    found = tf.argmax(output, axis=-1)
    return tf.cast(tf.equal(tf.cast(target[..., 0], tf.int64), found), tf.float32)


def _agreement(target: Any, output: Any) -> Any:
    same = tf.equal(tf.argmax(target, axis=-1), tf.argmax(output, axis=-1))
    return tf.cast(same, tf.float32)


def _absolute_error(target: Any, output: Any) -> Any:
    return tf.reduce_mean(tf.abs(target - output), axis=-1)
