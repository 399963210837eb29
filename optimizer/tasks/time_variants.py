"""tasks/: measures how fast several variants are, together, and what memory each needs.

Runs in a worker that does nothing else meanwhile, on a machine where nothing else of ours runs.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from optimizer.arrays import Array
from optimizer.data.samples import Samples
from optimizer.measure.environment import environment
from optimizer.measure.own_process import measure_in_own_process
from optimizer.reporting import Report
from optimizer.store.records import Timed
from optimizer.tasks.study_files import StudyData
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.measure.latency import LatencyRun

TIMES = "latency-times.npz"

# Shares of the budget beside what one thread with XNNPACK, the headline, has.
ALL_CORES = 0.15
WITHOUT_XNNPACK = 0.5
PROFILE = 0.1


@dataclass(frozen=True)
class TimeVariants(Work[tuple[Timed, ...]]):
    """Times files against the first one, on samples of the calibration or evaluation role.

    `out` takes every single time, as `TIMES`.

    Attributes:
        files: The baseline's `.tflite` first.
        data: The study's data.
        seconds: The budget for each file in the headline; the rest takes about half as much.
        without_xnnpack: Whether to measure also without XNNPACK.
    """

    needs_quiet: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    files: tuple[Path, ...]
    data: StudyData
    seconds: float
    without_xnnpack: bool

    def run(self, report: Report) -> tuple[Timed, ...]:
        """See `Work.run`: of each file what was measured."""
        dataset = self.data.open()
        samples = dataset.samples("calibration" if dataset.record.calibration else "evaluation")
        told = []
        for place, file in enumerate(self.files):
            report("Measuring memory and operators", place / len(self.files))
            told.append(measure_in_own_process(file, samples, seconds=PROFILE * self.seconds))
        # A file that brought its own process down would bring this one down, with all results.
        safe = [None if one.crashed else file for file, one in zip(self.files, told, strict=True)]
        run = partial(_run, safe, samples, self.seconds * len(self.files), report)

        headline = run("Measuring latency", 1.0, threads=1)
        others: dict[str, LatencyRun] = {}
        cores = os.cpu_count() or 1
        if cores > 1:
            others["all_cores_"] = run("Measuring latency on all cores", ALL_CORES, threads=cores)
        if self.without_xnnpack:
            others["without_xnnpack_"] = run(
                "Measuring latency without XNNPACK", WITHOUT_XNNPACK, threads=1, xnnpack=False
            )
        _keep({"": headline, **others}, self.out / TIMES)
        here = environment()
        return tuple(
            Timed(
                latency=headline.results[place],
                other_latencies=tuple(other.results[place] for other in others.values()),
                memory=one.memory,
                profile=one.profile,
                unprofiled=one.reason,
                timed_on=here,
            )
            for place, one in enumerate(told)
        )


def _run(
    files: list[Path | None],
    samples: Samples,
    seconds: float,
    report: Report,
    stage: str,
    share: float,
    *,
    threads: int,
    xnnpack: bool = True,
) -> "LatencyRun":
    from optimizer.measure.latency import measure_latency  # noqa: PLC0415 (workers only)

    report(stage, 0.0)
    return measure_latency(
        files,
        samples,
        budget_seconds=share * seconds,
        threads=threads,
        xnnpack=xnnpack,
        on_progress=partial(report, stage),
    )


def _keep(runs: Mapping[str, "LatencyRun"], raw_times: Path) -> None:
    """Writes all raw times; those beside the headline's with their setting before the name."""
    arrays: dict[str, Array] = {}
    for setting, run in runs.items():
        times = run.times
        arrays[f"{setting}wall_ms"] = times.wall_ms
        arrays[f"{setting}cpu_ms"] = times.cpu_ms
        arrays[f"{setting}preempted"] = times.preempted
    np.savez_compressed(raw_times, **arrays)  # type: ignore[arg-type]
