"""studies/: measures the latency of several variants together, in a process of its own."""

from pathlib import Path

import numpy as np

from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.measure.latency import measure_latency
from optimizer.measure.results import Latency
from optimizer.studies.worker import Report


def measure(
    files: tuple[Path, ...],
    record: DatasetRecord,
    data_folder: Path,
    seconds: float,
    raw_times: Path,
    report: Report,
) -> tuple[Latency, ...]:
    """Times the files against the first one, on samples of the calibration or evaluation role.

    Args:
        files: The baseline's `.tflite` first.
        record: The study's dataset.
        data_folder: Where the dataset lies.
        seconds: The budget for each file.
        raw_times: Takes every single time, as `.npz`.
        report: Told the progress.
    """
    dataset = Dataset(data_folder, record)
    samples = dataset.samples("calibration" if record.calibration else "evaluation")
    report("Measuring latency", 0.0)
    run = measure_latency(
        files,
        samples,
        budget_seconds=seconds * len(files),
        on_progress=lambda share: report("Measuring latency", share),
    )
    times = run.times
    np.savez_compressed(
        raw_times, wall_ms=times.wall_ms, cpu_ms=times.cpu_ms, preempted=times.preempted
    )
    return run.results
