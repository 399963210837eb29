"""benchmarks/: whether latencies can be trusted: one file against itself, here and by a bundle's
program, a busy machine, and LiteRT's own benchmark tool.

The goals hold on a machine that does nothing else.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.conversion import study_of_the_sample
from benchmarks.row import Row, at_least, at_most
from optimizer.arrays import Array, Indices
from optimizer.data.dataset import Dataset
from optimizer.data.samples import Samples
from optimizer.devices.carried import run
from optimizer.measure.latency import DISTINCT_SAMPLES, measure_latency
from optimizer.measure.measurements import Latency
from optimizer.measure.rounds import RoundTimes
from optimizer.recipes import parse
from optimizer.reporting import Report
from optimizer.settings import from_environment
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.work import Work

NAME = "latency"
REPETITIONS = 1_000  # of a file against itself, each of half a second at most
HELD = 0.93  # of intervals of 95 %, at least
SHORT, MIDDLE, LONG = 0.5, 3.0, 20.0  # seconds of budget
ROUNDS = 3
RUNS = 200  # of their tool
SIZE = 224
TOOL = "ai_edge_litert.tools.benchmark_litert_model"
BUSY = "import os; os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})\nwhile True: pass"


def measure() -> list[Row]:
    """All three comparisons."""
    with study_of_the_sample() as (scheduler, study):
        scheduler.start(study, [parse("int8")])
        scheduler.wait(study)
        files = [study.folder / variant.file for variant in study.index.variants]
        assert study.index.dataset
        samples = Dataset(study.data_folder, study.index.dataset).samples("calibration")
        rows = [*_itself(files[0], samples), _busy(files, samples)]
    return [*rows, *_their_tool()]


# ---- one file against itself -----------------------------------------------------------------


def _itself(file: Path, samples: Samples) -> list[Row]:
    rows = []
    for beside in (nullcontext, _busy_loop):
        for where, ends_of in (("here", _ends_here), ("in a bundle", _ends_in_a_bundle)):
            with beside():
                found = (ends_of(file, samples, seed) for seed in count())
                ends = list(islice(filter(None, found), REPETITIONS))
            share = sum(low <= 1 <= high for low, high in ends) / len(ends)
            busy = "" if beside is nullcontext else ", a core busy"
            what = f"{where}{busy}: intervals of a file's ratio to itself that hold 1"
            rows.append(at_least(NAME, what, share, HELD))
    low, high = _ends(_against_itself(file, samples, LONG, seed=0))
    rows.append(
        at_most(NAME, f"half such an interval's width after {LONG:g} s", (high - low) / 2, 0.03)
    )
    return rows


def _ends_here(file: Path, samples: Samples, seed: int) -> tuple[float, float] | None:
    """None where a machine was too busy for an interval in the time."""
    same = _against_itself(file, samples, SHORT, seed)
    return None if same.ratio_low is None else _ends(same)


def _ends_in_a_bundle(file: Path, samples: Samples, seed: int) -> tuple[float, float] | None:
    """By the program that goes along to devices; None as above."""
    given = [list(samples.batch(at, at + 1)) for at in range(DISTINCT_SAMPLES)]
    both = {at: run.Contender(file, given, 1) for at in range(2)}
    for one in both.values():
        one.warm_up(run.WARM_UP_SHARE * SHORT / len(both))
    wall, cpu, interrupted, _ = run.measure(both, len(both), SHORT, seed=seed)
    ratio = RoundTimes(wall, cpu, interrupted).ratio(1, threads=1)
    if ratio is None or ratio.low is None or ratio.high is None:
        return None
    return ratio.low, ratio.high


def _against_itself(file: Path, samples: Samples, seconds: float, seed: int) -> Latency:
    return measure_latency([file, file], samples, budget_seconds=seconds, seed=seed).results[1]


def _ends(latency: Latency) -> tuple[float, float]:
    assert latency.ratio_low is not None
    assert latency.ratio_high is not None
    return latency.ratio_low, latency.ratio_high


# ---- a busy machine --------------------------------------------------------------------------


def _busy(files: Sequence[Path], samples: Samples) -> Row:
    """The ratio of int8 to float32 with a loop on another core, and without."""
    pairs = []
    for seed in range(ROUNDS):
        idle = _ratio(files, samples, seed)
        with _busy_loop():
            pairs.append((_ratio(files, samples, seed), idle))
    busy, idle = (median(side) for side in zip(*pairs, strict=True))
    moved = median(busy / idle for busy, idle in pairs)
    what = "time of int8 / float32 of the sample: a busy core beside it, and idle"
    return Row(NAME, what, busy, idle, moved, "ratio 0.9 to 1.1", 0.9 <= moved <= 1.1)


def _ratio(files: Sequence[Path], samples: Samples, seed: int) -> float:
    ratio = measure_latency(files, samples, budget_seconds=MIDDLE, seed=seed).results[1].ratio
    assert ratio is not None
    return ratio


@contextmanager
def _busy_loop() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


# ---- LiteRT's own tool -----------------------------------------------------------------------


class _Noise:
    """One picture of noise, which is what their tool feeds."""

    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return 1

    def batch(self, start: int, stop: int) -> tuple[Array, ...]:
        """That picture."""
        picture = np.random.default_rng(0).uniform(-1, 1, (stop - start, SIZE, SIZE, 3))
        return (picture.astype(np.float32),)

    def at(self, positions: Indices) -> tuple[Array, ...]:
        """As many of it."""
        return self.batch(0, len(positions))


def _their_tool() -> list[Row]:
    limits = from_environment()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        executor = LocalExecutor(1, limits.job_memory, limits.job_seconds)
        try:
            executor.submit(MakeMobileNet(folder), lambda: None, "benchmark").result()
        finally:
            executor.close()
        return [_beside_their_tool(folder / f"{kind}.tflite") for kind in ("float32", "int8")]


def _beside_their_tool(file: Path) -> Row:
    """Medians of both, in turn."""
    pairs = [(_our_median(file, seed), _their_median(file)) for seed in range(ROUNDS)]
    ours, theirs = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(our / their for our, their in pairs)
    what = f"ms of MobileNetV2 {file.stem}: our median and that of LiteRT's benchmark tool"
    return Row(NAME, what, ours, theirs, ratio, "ratio 0.95 to 1.05", 0.95 <= ratio <= 1.05)


def _our_median(file: Path, seed: int) -> float:
    found = measure_latency([file], _Noise(), budget_seconds=MIDDLE, seed=seed).results[0].median_ms
    assert found is not None
    return found


def _their_median(file: Path) -> float:
    result = file.with_suffix(".json")
    command = [
        sys.executable, "-m", TOOL, f"--model={file}", f"--num_runs={RUNS}", "--num_threads=1",
        f"--result_json={result}",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, env=dict(os.environ))
    return float(json.loads(result.read_text())["latency"]["median_ms"])


@dataclass(frozen=True)
class MakeMobileNet(Work[None]):
    """Converts MobileNetV2 with weights of no meaning but of natural spread, into `out`."""

    def run(self, report: Report) -> None:  # noqa: ARG002
        """See `Work.run`."""
        import keras  # noqa: PLC0415 (workers only)
        import tensorflow as tf  # noqa: PLC0415

        keras.utils.set_random_seed(0)
        model = keras.applications.MobileNetV2(weights=None)
        rng = np.random.default_rng(0)
        model.set_weights(
            [
                weight * rng.normal(1, 0.1, weight.shape).clip(0.5, 1.5)
                for weight in model.get_weights()
            ]
        )
        for kind in ("float32", "int8"):
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
            if kind == "int8":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
                converter.representative_dataset = lambda: [list(_Noise().batch(0, 1))] * 5
                converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            (self.out / f"{kind}.tflite").write_bytes(converter.convert())
