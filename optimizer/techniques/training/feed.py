"""techniques/training/: training and tuning samples as tf_keras takes them. Workers only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from optimizer.arrays import Array, Float32s, Indices
from optimizer.data.samples import Samples
from optimizer.techniques.training.objective import Objective

LARGEST_SHIFT = 8  # of a side; an eighth keeps what is in the middle


@dataclass(frozen=True)
class Feed:
    """Batches of one role.

    Attributes:
        samples: The inputs.
        labels: Their labels as the objective takes them, each of shape (n, …): of one output or of
            several; empty without.
        weights: The weight of each sample in the loss, shape (n,).
        objective: Says what the targets are.
        teacher: The float model, asked only if the objective wants its outputs; of augmented images
            in each step, otherwise once.
        batch_size: Samples in a batch; the last one of an epoch may be smaller.
    """

    samples: Samples
    labels: tuple[Float32s, ...]
    weights: Float32s
    objective: Objective
    teacher: Any
    batch_size: int

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.samples) // self.batch_size)

    def passes(self, order: Callable[[], Indices] | None = None, augmentation: str = "none") -> Any:
        """A `tf.data.Dataset` of (inputs, targets, weights); going through it is one epoch.

        Args:
            order: Gives the order of the samples in the epoch that begins; None for their own.
            augmentation: "none", "flip", "shift" or "flip_shift".
        """
        own = np.arange(len(self.samples))
        live = augmentation != "none" and self.objective.teaches
        # What the teacher says of images that never change is asked once, not in each step.
        targets = self._labels() if live else self._targets()

        def batches() -> Iterator[tuple[Any, ...]]:
            positions = order() if order else own
            for start in range(0, len(positions), self.batch_size):
                some = positions[start : start + self.batch_size]
                chosen = tuple(target[some] for target in targets)
                # The first sample's place is a seed that differs from batch to batch.
                yield _one(self.samples.at(some)), _one(chosen), self.weights[some], some[0]

        signature = (
            _one(tuple(_spec(x) for x in self.samples.at(own[:1]))),
            _one(tuple(_spec(target) for target in targets)),
            _spec(self.weights),
            tf.TensorSpec((), tf.int64),
        )
        data = tf.data.Dataset.from_generator(batches, output_signature=signature)
        mirror, shift = "flip" in augmentation, "shift" in augmentation

        def finish(inputs: Any, target: Any, weights: Any, seed: Any) -> tuple[Any, Any, Any]:
            inputs = augment(inputs, tf.stack([seed, 0]), mirror, shift)
            if live:
                taught = _all(self.teacher(inputs, training=False))
                target = _one(tuple(self.objective.targets(target, taught)))
            return inputs, target, weights

        # Keras would begin one step too many in each epoch if it did not know their number.
        counted = tf.data.experimental.assert_cardinality(self.steps)
        return data.map(finish).apply(counted).prefetch(2)

    def _labels(self) -> tuple[Float32s, ...]:
        return self.labels or (np.zeros(len(self.samples), np.float32),)

    def _targets(self) -> tuple[Float32s, ...]:
        """The targets of all samples, one array for each output."""
        taught = None
        if self.objective.teaches:
            starts = range(0, len(self.samples), self.batch_size)
            parts = [
                teach(self.teacher, self.samples.batch(start, start + self.batch_size))
                for start in starts
            ]
            taught = [np.concatenate(output) for output in zip(*parts, strict=True)]
        return tuple(np.asarray(x) for x in self.objective.targets(_one(self._labels()), taught))


def make_feed(
    samples: Samples,
    labels: Array | None,
    objective: Objective,
    teacher: Any,
    *,
    batch_size: int,
    class_weights: Float32s | None,
    further: Sequence[Array] = (),
) -> Feed:
    """A role's samples with their labels and weights.

    Args:
        samples: The inputs.
        labels: Class numbers of shape (n,), or values of the output's shape; None without.
        objective: Says what the targets are.
        teacher: The float model.
        batch_size: Samples in a batch.
        class_weights: The weight of each class; None: all samples weigh the same.
        further: Labels of further outputs.
    """
    weights = np.ones(len(samples), np.float32)
    if labels is None:
        return Feed(samples, (), weights, objective, teacher, batch_size)
    if class_weights is not None:
        weights = class_weights[labels.astype(np.int64)]
    values = [np.asarray(each, np.float32) for each in (labels, *further)]
    columns = tuple(each[:, None] if each.ndim == 1 else each for each in values)
    return Feed(samples, columns, weights, objective, teacher, batch_size)


def teach(model: Any, inputs: tuple[Array, ...]) -> list[Float32s]:
    """The model's outputs on one batch, one array for each output."""
    outputs = model.predict_on_batch(_one(inputs))
    return [
        np.asarray(x, np.float32) for x in (outputs if isinstance(outputs, list) else [outputs])
    ]


def balance(labels: Array, classes: int) -> Float32s:
    """Weights under which each class that occurs counts the same; their mean over samples is 1.

    As "balanced" in scikit-learn: n / (classes · count).
    """
    counts = np.bincount(labels.astype(np.int64), minlength=classes)
    present = np.count_nonzero(counts)
    return (len(labels) / (present * np.maximum(counts, 1))).astype(np.float32)


def augment(images: Any, seed: Any, mirror: bool, shift: bool) -> Any:
    """Mirrors half of the images, and shifts each by whole pixels, mirroring its border.

    Args:
        images: (n, height, width, channels).
        seed: Two integers; the same seed gives the same images.
        mirror: Whether left and right are changed at random.
        shift: Whether images move by up to an eighth of their sides.
    """
    if mirror:
        images = tf.image.stateless_random_flip_left_right(images, seed)
    if shift:
        count, height, width, _ = tf.unstack(tf.shape(images))
        most = tf.cast(tf.stack([width, height]) // LARGEST_SHIFT, tf.float32)
        moves = tf.round(
            most * tf.random.stateless_uniform((count, 2), tf.cast(seed, tf.int64) + 1, -1.0, 1.0)
        )
        # Each row is a projective transform: (x, y) comes from (x + dx, y + dy).
        one, zero = tf.ones((count, 1)), tf.zeros((count, 1))
        transforms = tf.concat(
            [one, zero, moves[:, :1], zero, one, moves[:, 1:], zero, zero], axis=1
        )
        images = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=transforms,
            output_shape=tf.stack([height, width]),
            fill_value=0.0,
            interpolation="NEAREST",
            fill_mode="REFLECT",
        )
    return images


def _all(outputs: Any) -> list[Any]:
    return outputs if isinstance(outputs, list) else [outputs]


def _one(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 else values


def _spec(example: Array) -> Any:
    return tf.TensorSpec((None, *example.shape[1:]), tf.as_dtype(example.dtype))
