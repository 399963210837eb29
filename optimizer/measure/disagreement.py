"""measure/: the samples on which a variant and the float32 variant disagree."""

from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Array, Indices
from optimizer.measure.metrics.class_of_output import are_rows, predicted_classes
from optimizer.measure.metrics.metric import Outputs
from optimizer.measure.metrics.positions import predicted_positions

FURTHEST = 100  # samples that are kept where outputs are numbers, of which all differ a little
MOST_POSITIONS = 2_000_000  # whose classes are kept
WIDEST = 1_000  # values of one output that are kept beside its index


@dataclass(frozen=True)
class Disagreement:
    """Where two variants say different things.

    Attributes:
        samples: places in the evaluation role; of classes all that differ, in order, otherwise
            the furthest apart first.
        answers: what the variant says of them: classes (k,), classes of positions
            (k, *positions), or outputs (k, ...).
        expected: what the float32 variant says, likewise.
    """

    samples: Indices
    answers: Array
    expected: Array


@dataclass(frozen=True)
class Right:
    """Of samples to which two variants give different classes: who gives the right one.

    Attributes:
        expected: in how many the float32 variant does.
        answers: in how many the variant does.
        neither: in how many none of them.
    """

    expected: int
    answers: int
    neither: int


def who_is_right(different: Disagreement, truth: Indices) -> Right:
    """Counts them.

    Args:
        different: of a classification.
        truth: (n,) the class of each evaluation sample.
    """
    true = truth[different.samples]
    expected = int(np.count_nonzero(different.expected == true))
    answers = int(np.count_nonzero(different.answers == true))
    return Right(expected, answers, len(true) - expected - answers)


def disagreement(outputs: Outputs, reference: Outputs, *, classes: bool) -> Disagreement:
    """Compares one output of two variants, sample by sample.

    Args:
        outputs: the variant's, (n, ...).
        reference: the float32 variant's, of the same shape.
        classes: whether the output is a classification: then the top classes are compared; of
            positions, whose classes lie on the last axis, one by one.

    Returns:
        For outputs of more than 1,000 values only the samples: answers of shape (k, 0).
    """
    if classes and not are_rows(outputs.shape):
        return _of_positions(outputs, reference)
    if classes:
        said, expected = predicted_classes(outputs), predicted_classes(reference)
        samples = np.flatnonzero(said != expected)
        return Disagreement(samples, said[samples], expected[samples])
    apart = np.abs(outputs - reference).reshape(len(outputs), -1).max(axis=1)
    apart[np.isnan(apart)] = np.inf
    order = np.argsort(-apart, kind="stable")[:FURTHEST]
    samples = order[apart[order] > 0]
    if outputs[:1].size > WIDEST:
        nothing = np.empty((len(samples), 0), outputs.dtype)
        return Disagreement(samples, nothing, nothing)
    return Disagreement(samples, outputs[samples], reference[samples])


def _of_positions(outputs: Outputs, reference: Outputs) -> Disagreement:
    """The samples of whose positions the largest share differs, that first."""
    said, expected = (
        predicted_positions(one, one.shape[:-1]).astype(np.int32) for one in (outputs, reference)
    )
    apart = (said != expected).reshape(len(said), -1).sum(axis=1)
    most = min(FURTHEST, max(1, MOST_POSITIONS // said[0].size))
    order = np.argsort(-apart, kind="stable")[:most]
    samples = order[apart[order] > 0]
    return Disagreement(samples, said[samples], expected[samples])
