"""data/: deals the samples out to four disjoint, stratified roles."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Indices
from optimizer.data.data_options import Role

ROLES: tuple[Role, ...] = ("training", "calibration", "tuning", "evaluation")
DEALT = -1  # in place of a role: the sample is dealt out
MOST_CALIBRATION = 500  # more samples cost time and widen min/max ranges without helping
MOST_TUNING = 2_000
LEAST_TRAINING = 8  # samples; fewer teach a network nothing but themselves
FEW_EVALUATION = 100  # samples; with fewer an accuracy is known to ± 6 points at best


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


def stratified_order(classes: Array | None, count: int, seed: int) -> Indices:
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
    by_class = np.argsort(shuffled, kind="stable")
    starts = np.flatnonzero(np.diff(shuffled[by_class], prepend=np.nan))
    for members in np.split(by_class, starts[1:]):
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return order[np.argsort(place, kind="stable")]


def deal(given: npt.NDArray[np.int8], classes: Array | None, seed: int) -> Roles:
    """Deals out the samples that have no role yet, to the roles that have no sample yet.

    Where evaluation has none, half of the samples become it (rounded up, so that even a single
    sample can be evaluated). Of the rest a tenth, at most 500, becomes calibration, a fifth, at
    most 2,000, tuning, and what remains training. If none is to be dealt out, calibration and
    tuning are dealt from training.

    Args:
        given: For each sample the position of its role in `ROLES`, or `DEALT`.
        classes: The class of each sample, shape (n,), or None where there are no classes.
        seed: Makes the deal repeatable.
    """
    parts = {role: np.flatnonzero(given == place) for place, role in enumerate(ROLES)}
    pool = np.flatnonzero(given == DEALT)
    if not len(pool):
        pool, parts["training"] = parts["training"], pool
    missing = {role for role in ROLES if not len(parts[role])}
    order = pool[stratified_order(None if classes is None else classes[pool], len(pool), seed)]
    if "evaluation" in missing:
        taken = (len(order) + 1) // 2
        parts["evaluation"], order = order[:taken], order[taken:]
    shares = {
        "calibration": min(MOST_CALIBRATION, -(-len(order) // 10)),
        "tuning": min(MOST_TUNING, len(order) // 5),
    }
    for role, share in shares.items():
        if role in missing:
            parts[role], order = order[:share], order[share:]
    parts["training"] = np.concatenate([parts["training"], order])
    return Roles(**{role: np.sort(indices) for role, indices in parts.items()})
