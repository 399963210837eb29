"""measure/detection/: what every layout of a head is read into, before suppression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Float32s, Float64s, Int64s
from optimizer.data.boxes.head import Background, Head, Scores

LARGEST_POWER = 20.0  # of e: what is larger fills every picture


@dataclass(frozen=True)
class Candidates:
    """Boxes with the scores of their classes, of some samples.

    Attributes:
        boxes: (n, boxes, 4): left, top, right, bottom, as shares of the picture.
        scores: (n, boxes, classes); of boxes that have one class each (n, boxes, 1).
        classes: (n, boxes) the class of each, where it has one; else None.
    """

    boxes: Float64s
    scores: Float64s
    classes: Int64s | None = None


@dataclass(frozen=True)
class Seen:
    """What a head is read with.

    Attributes:
        head: How.
        size: Width and height of the model's input.
        anchors: (boxes, 4) or (anchors, 2); None where there are none.
    """

    head: Head
    size: tuple[int, int]
    anchors: Float64s | None = None


Reader = Callable[[Sequence[Float32s], Seen], Candidates]
"""Reads the outputs of some samples, in the head's order, as candidates."""


def sigmoid(values: Float64s) -> Float64s:
    """1 / (1 + e^-x)."""
    from scipy.special import expit  # noqa: PLC0415 (workers only)

    shares: Float64s = expit(values)
    return shares


def softmax(values: Float64s) -> Float64s:
    """Of the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    shares: Float64s = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def power(values: Float64s) -> Float64s:
    """e^x, as far as it is a size."""
    sizes: Float64s = np.exp(np.minimum(values, LARGEST_POWER))
    return sizes


def class_scores(values: Float64s, head: Head) -> Float64s:
    """The scores (…, classes) of what a model gives for them, without the background's."""
    if head.scores is Scores.SOFTMAX:
        values = softmax(values)
    elif head.scores is Scores.SIGMOID:
        values = sigmoid(values)
    if head.background is Background.FIRST:
        return values[..., 1:]
    return values[..., :-1] if head.background is Background.LAST else values


def objectness(values: Float64s, head: Head) -> Float64s:
    """How likely there is anything, (…, 1)."""
    return values if head.scores is Scores.GIVEN else sigmoid(values)


def in_shares(boxes: Float64s, span: tuple[float, float]) -> Float64s:
    """Corners (…, 4) as shares of the picture, whose width and height are `span`."""
    shares: Float64s = boxes / np.array([*span, *span])
    return shares
