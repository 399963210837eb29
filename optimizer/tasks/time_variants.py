"""tasks/: measures how fast several variants are, together, and what memory each needs.

Runs in a worker that does nothing else meanwhile, on a machine where nothing else of ours runs.
"""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.samples import Samples
from optimizer.measure.environment import environment
from optimizer.measure.latency import LatencyRun, measure_latency
from optimizer.measure.own_process import measure_alone
from optimizer.store.records import Timed
from optimizer.workers.process import Report

# Shares of the budget beside what one thread with XNNPACK, the headline, has.
ALL_CORES = 0.15
WITHOUT_XNNPACK = 0.5
PROFILE = 0.1


def measure(
    files: tuple[Path, ...],
    record: DatasetRecord,
    data_folder: Path,
    seconds: float,
    without_xnnpack: bool,
    raw_times: Path,
    report: Report,
) -> tuple[Timed, ...]:
    """Times the files against the first one, on samples of the calibration or evaluation role.

    Args:
        files: The baseline's `.tflite` first.
        record: The study's dataset.
        data_folder: Where the dataset lies.
        seconds: The budget for each file in the headline; the rest takes about half as much.
        without_xnnpack: Whether to measure also without XNNPACK.
        raw_times: Takes every single time, as `.npz`.
        report: Told the progress.
    """
    dataset = Dataset(data_folder, record)
    samples = dataset.samples("calibration" if record.calibration else "evaluation")
    alone = []
    for place, file in enumerate(files):
        report("Measuring memory and operators", place / len(files))
        alone.append(measure_alone(file, samples, seconds=PROFILE * seconds))
    # A file that brought its own process down would bring this one down, with all results.
    safe = [None if told.crashed else file for file, told in zip(files, alone, strict=True)]
    run = partial(_run, safe, samples, seconds * len(files), report)

    headline = run("Measuring latency", 1.0, threads=1)
    others: dict[str, LatencyRun] = {}
    cores = os.cpu_count() or 1
    if cores > 1:
        others["all_cores_"] = run("Measuring latency on all cores", ALL_CORES, threads=cores)
    if without_xnnpack:
        others["without_xnnpack_"] = run(
            "Measuring latency without XNNPACK", WITHOUT_XNNPACK, threads=1, xnnpack=False
        )
    _keep({"": headline, **others}, raw_times)
    here = environment()
    return tuple(
        Timed(
            latency=headline.results[place],
            other_latencies=tuple(other.results[place] for other in others.values()),
            memory=told.memory,
            profile=told.profile,
            unprofiled=told.reason,
            timed_on=here,
        )
        for place, told in enumerate(alone)
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
) -> LatencyRun:
    report(stage, 0.0)
    return measure_latency(
        files,
        samples,
        budget_seconds=share * seconds,
        threads=threads,
        xnnpack=xnnpack,
        on_progress=partial(report, stage),
    )


def _keep(runs: Mapping[str, LatencyRun], raw_times: Path) -> None:
    """Writes all raw times; those beside the headline's with their setting before the name."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for setting, run in runs.items():
        times = run.times
        arrays[f"{setting}wall_ms"] = times.wall_ms
        arrays[f"{setting}cpu_ms"] = times.cpu_ms
        arrays[f"{setting}preempted"] = times.preempted
    np.savez_compressed(raw_times, **arrays)  # type: ignore[arg-type]
