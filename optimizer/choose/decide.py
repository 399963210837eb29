"""choose/: sets a study's limits, and chooses under them.

A proof on the evaluation role keeps its confidence for one limit on the loss. Each further one that
is tried on the same samples is counted and kept, and said wherever the choice is told.
"""

from optimizer.choose.choice import Choice, choose, default
from optimizer.store.limits import Limits
from optimizer.store.study import Study


def decide(study: Study, limits: Limits | None = None) -> Choice:
    """Chooses under the study's limits, or under new ones, which it keeps from now on.

    Args:
        study: Open for writing.
        limits: None for those that it has.
    """
    index = study.index
    limits = limits or index.limits
    loss = limits.loss or default(index)
    tested = len(index.variants) > 1 and index.variants[0].metric is not None
    tried = index.tried_losses
    if tested and loss not in tried:
        tried = (*tried, loss)
    if (limits, tried) != (index.limits, index.tried_losses):
        study.update(
            lambda now: now.model_copy(update={"limits": limits, "tried_losses": tried})
        )  # fmt: skip
    return choose(study, limits)


def confidence_left(tried: int, confidence: float) -> float:
    """With which all promises under so many limits on the loss hold together (Bonferroni), 0..1."""
    return max(0.0, 1 - max(1, tried) * (1 - confidence))
