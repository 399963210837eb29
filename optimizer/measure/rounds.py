"""measure/: the times of all rounds of all files, and what they say about ratios."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float64s
from optimizer.measure.measurements import Latency
from optimizer.measure.median_interval import median_interval

Times = Float64s

MIN_SITTINGS_FOR_INTERVAL = 5  # the extremes of 5 enclose the median with 94 %
ENOUGH_CLEAN = 0.5  # share of rounds without preemption


@dataclass(frozen=True)
class Interval:
    """A ratio of times with its 95 % interval; both ends None after too few sittings."""

    value: float
    low: float | None
    high: float | None

    def within(self, precision: float) -> bool:
        """Whether the interval is narrower than ± `precision` of the ratio."""
        if self.low is None or self.high is None:
            return False
        return (self.high - self.low) / 2 <= precision * self.value


@dataclass(frozen=True)
class RoundTimes:
    """All raw times, each an array (sittings, rounds, files).

    Attributes:
        wall_ms: wall-clock milliseconds of one invocation. NaN where a file was not timed: it
            cannot run, its ratio was known already, the time was up, or the clock jumped.
        cpu_ms: the same in CPU time of the measuring thread; NaN also where only its clock did.
        preempted: whether the system took the CPU away meanwhile.
    """

    wall_ms: Times
    cpu_ms: Times
    preempted: npt.NDArray[np.bool_]

    def clean_wall_ms(self, file: int) -> Times:
        """Wall times of one file, (n,), without preempted blocks if enough are left."""
        timed = ~np.isnan(self.wall_ms[..., file])
        clean = timed & ~self.preempted[..., file]
        enough = clean.sum() >= ENOUGH_CLEAN * timed.sum()
        return self.wall_ms[..., file][clean if enough else timed]

    def cpu_median_ms(self, file: int) -> float | None:
        """Median CPU time of one file; None where the thread's clock hardly moved forwards."""
        known = self.cpu_ms[..., file][~np.isnan(self.cpu_ms[..., file])]
        median = float(np.median(known)) if known.size else 0.0
        return median if median > 0 else None

    def ratio(self, file: int, *, threads: int) -> Interval | None:
        """Time of `file` over that of file 0: median over sittings of the median over rounds.

        The interval is of the median over sittings, see `median_interval`. Rounds in which
        either was preempted do not count; if that leaves too few, the CPU times of all rounds do,
        where one thread does the work, as they hardly see what else the machine does.

        Returns:
            None if the two were never timed in one round.
        """
        if file == 0:
            return None if np.isnan(self.wall_ms[..., 0]).all() else Interval(1.0, 1.0, 1.0)
        ratios = self.wall_ms[..., file] / self.wall_ms[..., 0]
        timed = ~np.isnan(ratios)
        clean = timed & ~self.preempted[..., file] & ~self.preempted[..., 0]
        if clean.sum() >= ENOUGH_CLEAN * timed.sum():
            timed = clean
        elif threads == 1 and (self.cpu_ms[..., 0][timed] > 0).all():
            ratios = self.cpu_ms[..., file] / self.cpu_ms[..., 0]
        sittings = np.array(
            [np.median(r[t]) for r, t in zip(ratios, timed, strict=True) if t.any()]
        )
        if len(sittings) == 0:
            return None
        if len(sittings) < MIN_SITTINGS_FOR_INTERVAL:
            return Interval(float(np.median(sittings)), None, None)
        return Interval(float(np.median(sittings)), *median_interval(sittings))

    def latency(
        self,
        file: int,
        *,
        threads: int,
        first_ms: float | None,
        stopped_by: Literal["precision", "budget"],
    ) -> Latency:
        """All that they say of one file, see `Latency`; a failure where it was never timed.

        Args:
            file: Its place.
            threads: Of the interpreter; CPU time is known for 1 only.
            first_ms: What its first run took.
            stopped_by: Why measuring it ended.
        """
        wall = self.clean_wall_ms(file)
        if wall.size == 0:
            return Latency.of_failure(threads)
        median, p90, p99 = np.quantile(wall, [0.5, 0.9, 0.99]).tolist()
        ratio = self.ratio(file, threads=threads)
        taken = Latency(
            median_ms=median,
            p90_ms=p90,
            p99_ms=p99,
            min_ms=float(wall.min()),
            cpu_median_ms=self.cpu_median_ms(file) if threads == 1 else None,
            first_ms=first_ms,
            runs=int(np.count_nonzero(~np.isnan(self.wall_ms[..., file]))),
            preempted=int(self.preempted[..., file].sum()),
            threads=threads,
            ratio=ratio.value if ratio else None,
            ratio_low=ratio.low if ratio else None,
            ratio_high=ratio.high if ratio else None,
            stopped_by=stopped_by,
        )
        if file == 0:
            return taken
        return taken.beside(
            self.latency(0, threads=threads, first_ms=first_ms, stopped_by=stopped_by)
        )
