"""measure/: the clock that times invocations: wall, CPU time, and whether it was interrupted."""

import math
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from optimizer import working_time

if sys.platform == "linux":
    import resource

    def _preemptions() -> int:
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw

else:

    def _preemptions() -> int:
        return 0  # only Linux counts them for one thread


MOST_WARM_UPS = 100_000  # ends a warm-up even where the clock stands still


class Timing(NamedTuple):
    """One timed block of invocations, for one invocation on average.

    Attributes:
        wall_ms: wall-clock milliseconds; NaN where the clock stood still or ran backwards, as
            those of virtual machines do when they are moved.
        cpu_ms: CPU milliseconds of the calling thread; NaN where its clock ran backwards.
        preempted: whether the system took the CPU away from the thread in the block.
    """

    wall_ms: float
    cpu_ms: float
    preempted: bool


def time_block(invoke: Callable[[], None], repeats: int) -> Timing:
    """Calls `invoke` `repeats` times. What else runs on the machine shows in wall time only.

    Done again where this process was held meanwhile.
    """
    while True:
        stops = working_time.stops()
        timing = _time(invoke, repeats)
        if working_time.stops() == stops:
            return timing


def _time(invoke: Callable[[], None], repeats: int) -> Timing:
    switches = _preemptions()
    cpu = time.thread_time_ns()
    wall = time.perf_counter_ns()
    for _ in range(repeats):
        invoke()
    wall = time.perf_counter_ns() - wall
    cpu = time.thread_time_ns() - cpu
    return Timing(
        wall / repeats / 1e6 if wall > 0 else math.nan,
        cpu / repeats / 1e6 if cpu >= 0 else math.nan,
        _preemptions() > switches,
    )


def warm_up(invoke: Callable[[], None], limit_seconds: float) -> float:
    """Calls `invoke` until its time is stable: three calls as fast as the three before, ±5 %.

    Args:
        invoke: what to call.
        limit_seconds: when to stop even if it is not stable.

    Returns:
        Milliseconds of one call when warm; NaN if the clock never moved forwards.
    """
    stop = working_time.now() + limit_seconds
    times: list[float] = []
    for _ in range(MOST_WARM_UPS):
        wall = time_block(invoke, 1).wall_ms
        if wall > 0:
            times.append(wall)
        now, earlier = sorted(times[-3:]), sorted(times[-6:-3])
        if len(times) >= 6 and abs(now[1] - earlier[1]) <= 0.05 * now[1]:
            return now[1]
        if working_time.now() > stop:
            break
    return sorted(times[-3:])[len(times[-3:]) // 2] if times else math.nan
