"""data/: deals the samples out to four disjoint, stratified roles."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]

MOST_CALIBRATION = 500  # more samples cost time and widen min/max ranges without helping
MOST_TUNING = 2_000


@dataclass(frozen=True)
class Roles:
    """The indices of each role into the samples, ascending and disjoint.

    Attributes:
        training: For fine-tuning.
        calibration: The representative dataset of the converters.
        tuning: What a search or a choice (the scaling, early stopping) may look at.
        evaluation: What is reported; nothing else may look at it.
    """

    training: Indices
    calibration: Indices
    tuning: Indices
    evaluation: Indices


def stratified_order(classes: npt.NDArray[np.generic] | None, count: int, seed: int) -> Indices:
    """Shuffles 0..count-1 so that every contiguous run has nearly the mix of the whole.

    The i-th sample of a class with n members stands at the relative place (i + u) / n, with u
    drawn once for each class, so each class is spread evenly over the order.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(count)
    if classes is None:
        return order
    place = np.empty(count)
    shuffled = classes[order]
    for value in np.unique(shuffled):
        members = np.flatnonzero(shuffled == value)
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return order[np.argsort(place, kind="stable")]


def split(count: int, classes: npt.NDArray[np.generic] | None, test_count: int, seed: int) -> Roles:
    """Deals out `count` samples of which the last `test_count` are the user's own test part.

    A test part becomes the evaluation role as it is; without one, half of the samples do (rounded
    up, so that even a single sample can be evaluated). Of the rest a tenth, at most 500, becomes
    calibration, a fifth, at most 2,000, tuning, and what remains training.

    Args:
        count: All samples.
        classes: The class of each sample, shape (count,), or None where there are no classes.
        test_count: Samples of the user's own test part, at the end; 0 for none.
        seed: Makes the deal repeatable.
    """
    if test_count:
        evaluation = np.arange(count - test_count, count)
        pool = count - test_count
        order = stratified_order(None if classes is None else classes[:pool], pool, seed)
    else:
        order = stratified_order(classes, count, seed)
        taken = (count + 1) // 2
        evaluation, order = order[:taken], order[taken:]
    calibration = min(MOST_CALIBRATION, -(-len(order) // 10))
    tuning = min(MOST_TUNING, len(order) // 5)
    cuts = [calibration, calibration + tuning]
    parts = np.split(order, cuts)
    return Roles(
        calibration=np.sort(parts[0]),
        tuning=np.sort(parts[1]),
        training=np.sort(parts[2]),
        evaluation=np.sort(evaluation),
    )
