"""measure/: the clock that times invocations: wall, CPU time, and whether it was interrupted."""

import sys
import time
from collections.abc import Callable
from typing import NamedTuple

if sys.platform == "linux":
    import resource

    def _preemptions() -> int:
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw

else:

    def _preemptions() -> int:
        return 0  # only Linux counts them for one thread


class Timing(NamedTuple):
    """One timed block of invocations, for one invocation on average.

    Attributes:
        wall_ms: wall-clock milliseconds, by a clock that never jumps.
        cpu_ms: CPU milliseconds of the calling thread.
        preempted: whether the system took the CPU away from the thread in the block.
    """

    wall_ms: float
    cpu_ms: float
    preempted: bool


def time_block(invoke: Callable[[], None], repeats: int) -> Timing:
    """Calls `invoke` `repeats` times. What else runs on the machine shows in wall time only."""
    switches = _preemptions()
    cpu = time.thread_time_ns()
    wall = time.perf_counter_ns()
    for _ in range(repeats):
        invoke()
    wall = time.perf_counter_ns() - wall
    cpu = time.thread_time_ns() - cpu
    return Timing(wall / repeats / 1e6, cpu / repeats / 1e6, _preemptions() > switches)


def warm_up(invoke: Callable[[], None], limit_seconds: float) -> float:
    """Calls `invoke` until its time is stable: three calls as fast as the three before, ±5 %.

    Args:
        invoke: what to call.
        limit_seconds: when to stop even if it is not stable.

    Returns:
        Milliseconds of one call when warm.
    """
    stop = time.monotonic() + limit_seconds
    times: list[float] = []
    while True:
        times.append(time_block(invoke, 1).wall_ms)
        now, earlier = sorted(times[-3:]), sorted(times[-6:-3])
        if len(times) >= 6 and abs(now[1] - earlier[1]) <= 0.05 * now[1]:
            return now[1]
        if time.monotonic() > stop:
            return now[len(now) // 2]
