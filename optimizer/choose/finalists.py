"""choose/: which of the recipes that were tried should enter the fixed sequence of proofs.

The sequence goes from the safest to the boldest, and the first file that is not proved ends it: a
step more is a file to fall back on, and a risk to be stopped at. From what the tuning role tells
follows each file's chance to be proved, and from these the chain that leaves the smallest file to
be expected. The evaluation role is not looked at.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from optimizer.choose.known import allowed
from optimizer.store.limits import Limits, Loss
from optimizer.store.tried import Lost, Tried

EACH_COSTS = 0.002  # of the baseline's size: what a variant more has to save, for it takes time
HARDLY = 0.01  # chance that the testing comes so far, below which a file is not made
WITHOUT_SPREAD = 0.5
"""Chance of one that loses nothing, where nobody knows how samples differ."""


@dataclass(frozen=True)
class Candidate:
    """A file that may enter the sequence.

    Attributes:
        recipe: What makes it.
        size: In bytes, of what the limit on the size is of.
        chance: That its loss is proved to hold, 0..1, as far as the tuning role tells.
        made: Whether it is a variant, and so in the sequence whatever is decided.
    """

    recipe: str
    size: int
    chance: float
    made: bool


def chain(candidates: Sequence[Candidate], baseline: int) -> list[Candidate]:
    """Those of the candidates that should be made, in the order of the sequence.

    A step from one file to a smaller one leads there with the chance of that, and else ends where
    it is. What is expected of each beginning follows from its end backwards (Bellman); the chances
    are taken for independent.

    Args:
        candidates: From the safest to the boldest, each smaller than the one before.
        baseline: What is shipped where nothing is proved, in bytes.
    """
    sizes = [baseline, *(one.size for one in candidates)]
    expected, following = [0.0] * len(sizes), [0] * len(sizes)
    for place in range(len(sizes) - 1, -1, -1):
        options: list[tuple[float, int]] = []
        for after in range(place + 1, len(sizes)):
            one = candidates[after - 1]
            ends = one.chance * expected[after] + (1 - one.chance) * sizes[place]
            options.append((ends if one.made else ends + EACH_COSTS * baseline, after))
            if one.made:  # it is tested, come what may: nothing passes it by
                break
        else:
            options.append((sizes[place], 0))
        expected[place], following[place] = min(options)
    found, place, reached = [], following[0], 1.0
    while place:
        one = candidates[place - 1]
        if one.made or reached >= HARDLY:
            found.append(one)
            reached *= one.chance
        place = following[place]
    return found


def in_sequence(
    tried: Sequence[Tried], limits: Limits, loss: Loss, evaluation: int, made: set[str]
) -> list[Candidate]:
    """What `chain` takes: by the order of the proofs, without what a smaller one does better than.

    Args:
        tried: Those that hold all other limits.
        limits: Of the study.
        loss: That is allowed.
        evaluation: How many samples the proof has.
        made: Recipes that are variants.
    """
    known = [one for one in tried if one.weighed and one.lost]

    def size(one: Tried) -> int:
        assert one.weighed  # noqa: S101 (for the type checker)
        return one.weighed.gzip_bytes if limits.packed else one.weighed.size_bytes

    def bolder(one: Tried) -> tuple[float, int]:
        assert one.lost  # noqa: S101 (for the type checker)
        return one.lost.value, size(one)

    found: list[Candidate] = []
    for one in sorted(known, key=bolder):
        if found and size(one) >= found[-1].size:
            continue
        assert one.lost  # noqa: S101 (for the type checker)
        chance = chance_to_hold(one.lost, loss, evaluation, limits.confidence)
        found.append(Candidate(one.recipe, size(one), chance, one.recipe in made))
    return found


def chance_to_hold(lost: Lost, loss: Loss, evaluation: int, confidence: float) -> float:
    """That a one-sided bound from so many evaluation samples will lie within the limit, 0..1.

    The bound is normal around the true loss, of which the tuning samples tell as much as they are.
    """
    room = allowed(loss, lost) - lost.value
    if lost.spread is None or not lost.n:
        return 0.0 if room < 0 else WITHOUT_SPREAD
    if lost.spread == 0:
        return float(room >= 0)
    bound = NormalDist().inv_cdf(confidence) * lost.spread / math.sqrt(evaluation)
    unsure = lost.spread * math.sqrt(1 / evaluation + 1 / lost.n)
    return NormalDist().cdf((room - bound) / unsure)
