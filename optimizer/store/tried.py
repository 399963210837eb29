"""store/: what a search tried: a file that was weighed and judged on the tuning role, not kept."""

import math
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import Scores


@dataclass(frozen=True)
class Weighed:
    """What stands in a file that was tried.

    Attributes:
        size_bytes, gzip_bytes: Of the file.
        arena_bytes: See `FileContents`.
        types: Of its inputs and outputs, each once.
        runs_on: For each target whether the file fits; None where that cannot be said.
    """

    size_bytes: int
    gzip_bytes: int
    arena_bytes: int
    types: tuple[str, ...]
    runs_on: dict[str, bool | None]


@dataclass(frozen=True)
class Lost:
    """What a file loses against the baseline on the samples of the tuning role.

    Attributes:
        value: The mean of what each sample costs more than with the baseline; below 0 it gains.
        spread: Its standard deviation; None where only all samples together have a cost.
        baseline: The magnitude of its mean cost, of which a relative loss is a share.
        n: Samples.
    """

    value: float
    spread: float | None
    baseline: float
    n: int


class Tried(BaseModel):
    """A recipe that a search tried.

    Attributes:
        recipe: The text form.
        key: As of a variant: what was tried under another one counts no more.
        weighed: What stands in the file; None where none could be made.
        tuning: What it reaches on the tuning role, see `Variant.tuning`.
        lost: None where that is unknown.
        error: Why no file could be made or judged, in a sentence; else None.
        seconds: What it took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str
    key: str
    weighed: Weighed | None = None
    tuning: Metric | None = None
    lost: Lost | None = None
    error: str | None = None
    seconds: float = 0.0


def lost_of(baseline: Scores, scores: Scores, *, higher_is_better: bool) -> Lost | None:
    """What is lost, from the scores of the same samples; None where they are no numbers.

    Args:
        baseline, scores: (n,) each; bool where a sample is right or wrong, whose spread follows
            Laplace's rule, so that it is not 0 where no sample changed.
        higher_is_better: The direction of better.
    """
    sign = -1 if higher_is_better else 1
    before, after = (sign * one.astype(np.float64) for one in (baseline, scores))
    n, more = len(before), after - before
    if not n or not np.isfinite(more).all():
        return None
    spread = float(more.std())
    if scores.dtype == bool:
        worse, changed = int(more.sum()), int(np.abs(more).sum())
        spread = math.sqrt((changed + 2) / (n + 2) - (worse / (n + 2)) ** 2)
    return Lost(float(more.mean()), spread, abs(float(before.mean())), n)
