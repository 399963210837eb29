"""measure/: how long one inference takes, variant beside variant, on a machine that is not idle.

Two interpreters of one and the same file differ by up to 2 % for as long as they live, by where
their memory happens to lie. So the files are opened anew for each *sitting*, and the interval of
a ratio comes from the spread between sittings. From the rounds of one opening alone, a file was
"significantly" slower or faster than itself in four of six trials.

In each block the first run is not timed. It took 0.05 ms longer than those after it, on a model of
0.25 ms, so that a file was 1.7 % slower in blocks of three runs than itself in blocks of four: of
120 intervals 71 % held 1.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from optimizer import working_time
from optimizer.arrays import Array, Float64s
from optimizer.data.samples import Samples
from optimizer.errors import MeasurementError
from optimizer.measure.clock import time_block, warm_up
from optimizer.measure.measurements import Latency
from optimizer.measure.rounds import RoundTimes
from optimizer.tflite.runner import Runner

DISTINCT_SAMPLES = 16
ROUNDS = 5  # in one sitting, where the budget allows
SITTINGS = 20  # between looks at the intervals; as many should fit into the budget
MOST_SITTINGS = 10_000  # ends it even where the clock that the budget goes by stands still
WARM_UP_SHARE = 0.1  # of the budget, at most, for all files together
BLOCK_MS = 1.0
ALIKE = 4  # times slower or faster than the baseline, up to which files are invoked equally often
JUMP = 1_000  # times as long as when warm is no inference: the clock jumped, or the machine slept


@dataclass(frozen=True)
class LatencyRun:
    """What was measured, and the times it comes from.

    Attributes:
        results: for each file its latency.
        times: all raw times.
        repeats: for each file how many invocations one time is the mean of; 0 if it cannot run.
    """

    results: tuple[Latency, ...]
    times: RoundTimes
    repeats: tuple[int, ...]


@dataclass(frozen=True)
class _Contender:
    """A file that runs: how to open it, its first run, how long a warm one takes, and by what."""

    open: Callable[[], Runner]
    first_ms: float | None
    warm_ms: float
    xnnpack: bool


def measure_latency(
    files: Sequence[Path | None],
    samples: Samples,
    *,
    budget_seconds: float,
    threads: int = 1,
    xnnpack: bool = True,
    precision: float = 0.02,
    seed: int = 20,
    on_progress: Callable[[float], None] | None = None,
) -> LatencyRun:
    """Times the files against the first one, the baseline.

    Each round runs every file once, in random order and on the same sample. A file shorter than
    a millisecond is invoked several times in a row. A file whose ratio to the baseline is known
    within ± `precision` leaves the rounds; when all have, or the budget is spent, it ends.

    Args:
        files: .tflite files of the same inputs; the first is the baseline. None in the place of
            one that would bring this process down.
        samples: real inputs in the float model's scale; the first 16 are used, one at a time.
        budget_seconds: for everything; overrun by one sitting at most.
        threads: threads of each interpreter. CPU time is known for 1 only.
        xnnpack: whether operators go to XNNPACK, as they do by default on a CPU.
        precision: half the width of a ratio's 95 % interval, relative to it, that is enough.
        seed: of the order within rounds.
        on_progress: told the share of the budget that is spent, 0..1, after each sitting.

    Returns:
        A latency for each file; all None for one that cannot run, or if the clock cannot be
        trusted. If the baseline cannot run the others have times but no ratios.
    """
    began = working_time.now()
    inputs = [samples.batch(i, i + 1) for i in range(min(len(samples), DISTINCT_SAMPLES))]
    warm_up_seconds = WARM_UP_SHARE * budget_seconds / len(files)
    contenders: dict[int, _Contender] = {}
    for i, file in enumerate(files):
        if file is None:
            continue
        opener = partial(Runner, file, inputs[0], samples.names, threads=threads, xnnpack=xnnpack)
        with suppress(MeasurementError):
            contenders[i] = _first_run(opener, inputs[0], warm_up_seconds)

    repeats = repeats_of({i: one.warm_ms for i, one in contenders.items()})
    round_seconds = sum(c.warm_ms * (1 + repeats[i]) for i, c in contenders.items()) / 1e3
    affordable = budget_seconds / SITTINGS / max(round_seconds, 1e-9)
    rounds = int(np.clip(affordable, 1, ROUNDS))
    rng = np.random.default_rng(seed)
    sittings: list[Float64s] = []
    runners: dict[int, Runner] = {}
    racing = set(contenders)
    longest = 0.0
    while racing and len(sittings) < MOST_SITTINGS:
        if sittings and working_time.now() - began + longest >= budget_seconds:
            break
        sitting_began = working_time.now()
        # The last sitting's interpreters live until the new ones have memory of their own.
        runners = {i: contenders[i].open() for i in rng.permutation(sorted(racing)).tolist()}
        sittings.append(_sitting(runners, contenders, repeats, inputs, (rounds, len(files)), rng))
        longest = max(longest, working_time.now() - sitting_began)
        if on_progress:
            on_progress(min(1.0, (working_time.now() - began) / budget_seconds))
        if len(sittings) % SITTINGS == 0:
            times = _stacked(sittings, len(files))
            ratios = {i: times.ratio(i, threads=threads) for i in racing - {0}}
            open_ends = {i for i, ratio in ratios.items() if ratio and not ratio.within(precision)}
            racing = open_ends | {0} if open_ends else set()

    times = _stacked(sittings, len(files))
    results = tuple(
        times.latency(
            i,
            threads=threads,
            first_ms=contenders[i].first_ms,
            stopped_by="budget" if i in racing else "precision",
        )
        if i in contenders
        else Latency.of_failure(threads)
        for i in range(len(files))
    )
    results = tuple(
        replace(latency, xnnpack=contenders[i].xnnpack if i in contenders else xnnpack)
        for i, latency in enumerate(results)
    )
    return LatencyRun(results, times, tuple(repeats.get(i, 0) for i in range(len(files))))


def repeats_of(warm_ms: Mapping[int, float]) -> dict[int, int]:
    """How often each file is invoked in one block, so that a block takes about a millisecond.

    Files about as fast as the first one are invoked as often as it. Invocations get faster within
    a block: of one file against itself, invoked 2 to 5 times by what its warm-up happened to take,
    the ratio was off by 1.2 % where the two numbers differed, by 0.6 % where they did not.

    Args:
        warm_ms: What a warm run takes, of the baseline first.
    """
    first = next(iter(warm_ms.values()), BLOCK_MS)

    def taken(ms: float) -> float:
        return first if first / ALIKE <= ms <= first * ALIKE else ms

    return {i: max(1, round(BLOCK_MS / taken(ms))) for i, ms in warm_ms.items()}


def _first_run(
    opener: Callable[[], Runner], example: Sequence[Array], warm_up_seconds: float
) -> _Contender:
    """Opens a file as if for the first time, then warms it up.

    Raises:
        MeasurementError: it cannot run, or the clock does not move.
    """
    opener()  # so that no file pays for reading itself from disk or starting the runtime
    start = time.perf_counter()
    runner = opener()
    runner.run(runner.prepare(example))
    first_ms = (time.perf_counter() - start) * 1e3
    warm_ms = warm_up(runner.invoke, warm_up_seconds)
    if math.isnan(warm_ms):
        raise MeasurementError("This machine's clock stands still or runs backwards.")
    return _Contender(opener, first_ms if first_ms > 0 else None, warm_ms, runner.xnnpack)


def _sitting(
    runners: dict[int, Runner],
    contenders: dict[int, _Contender],
    repeats: Mapping[int, int],
    inputs: Sequence[tuple[Array, ...]],
    shape: tuple[int, int],
    rng: np.random.Generator,
) -> Float64s:
    """Times of one sitting, (3, rounds, files): wall, CPU, preempted; NaN for who is not there."""
    for i, runner in runners.items():
        runner.run(runner.prepare(inputs[0]))
        time_block(runner.invoke, repeats[i])
    times = np.full((3, *shape), np.nan)
    for round_times in times.swapaxes(0, 1):
        sample = inputs[int(rng.integers(len(inputs)))]
        for i in rng.permutation(sorted(runners)).tolist():
            runners[i].feed(runners[i].prepare(sample))
            runners[i].invoke()  # not timed: it finds the caches full of another file's data
            timing = time_block(runners[i].invoke, repeats[i])
            if timing.wall_ms < JUMP * contenders[i].warm_ms:  # never so if it is NaN
                round_times[:, i] = timing
    return times


def _stacked(sittings: Sequence[Float64s], files: int) -> RoundTimes:
    wall, cpu, preempted = np.stack(sittings, axis=1) if sittings else np.empty((3, 0, 0, files))
    return RoundTimes(wall, cpu, preempted == 1)
