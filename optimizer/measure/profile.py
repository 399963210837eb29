"""measure/: from what the profiler noted in each run to what each operator takes."""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Float64s
from optimizer.errors import MeasurementError
from optimizer.measure.litert_profiler import Step
from optimizer.measure.measurements import OperatorTime, Profile

Microseconds = Float64s

RESOLUTION = 2.0  # microseconds: what the ends of a step may be off


def summarise(runs: Sequence[Sequence[Step]]) -> Profile:
    """What each step takes, over all runs.

    Args:
        runs: of one file; those whose steps are not the first run's do not count.

    Raises:
        MeasurementError: there are no steps, or they took no time.
    """
    like_first = [run for run in runs if _names(run) == _names(runs[0])]
    steps = like_first[0] if like_first else []
    times = np.array([[step.microseconds for step in run] for run in like_first], np.float64)
    taken = _usual(times) if times.size else np.zeros(0)
    total = float(taken.sum())
    if not total > 0:
        raise MeasurementError("The profiler sees no operator that takes a microsecond or more.")
    operators = tuple(
        OperatorTime(
            name=step.name,
            node=None if step.delegated else step.node,
            milliseconds=float(microseconds) / 1e3,
            share=float(microseconds) / total,
            delegated=step.delegated,
        )
        for step, microseconds in zip(steps, taken, strict=True)
    )
    return Profile(operators, len(like_first))


def _names(run: Sequence[Step]) -> list[tuple[str, int, bool]]:
    return [(step.name, step.node, step.delegated) for step in run]


def _usual(times: Microseconds) -> Microseconds:
    """The mean over the runs (axis 0), without those in which a step was interrupted.

    Those are more than twice its median. Whole microseconds of what is shorter are 0 in some runs
    and 1 in others: only their mean says how long it takes.
    """
    limit = 2 * np.median(times, axis=0) + RESOLUTION
    usual: Microseconds = times.mean(axis=0, where=times <= limit)
    return usual
