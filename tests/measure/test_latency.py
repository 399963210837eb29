"""tests of measure/: latency ratios hold on a machine that does other things."""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from optimizer.measure.clock import warm_up
from optimizer.measure.latency import measure_latency, repeats_of
from optimizer.measure.measurements import Latency
from optimizer.measure.rounds import RoundTimes
from optimizer.tflite.runner import Runner


@pytest.fixture(scope="module")
def short_and_long(convert: Callable[..., Path]) -> list[Path]:
    """A convolution, and sixteen of the same in a row: more work for whatever runs it."""
    import keras

    def chain(count: int) -> Any:
        inputs = x = keras.Input((12, 12, 3))
        for _ in range(count):
            x = keras.layers.Conv2D(3, 3, padding="same")(x)
        return keras.Model(inputs, x)

    return [convert(chain(1)), convert(chain(16))]


def held(file: Path, images: Any, runs: int, *, seconds: float) -> int:
    """How many intervals of a file's ratio to itself hold 1."""
    found = 0
    for seed in range(runs):
        same = measure_latency([file] * 2, images, budget_seconds=seconds, seed=seed).results[1]
        assert same.ratio_low is not None
        assert same.ratio_high is not None
        found += same.ratio_low <= 1.0 <= same.ratio_high
    return found


@pytest.mark.clock
def test_a_file_is_as_fast_as_itself(variants: dict[str, Path], images: Any) -> None:
    """Each of 8 intervals holds 1 in 95 of 100 times, so that less than half of them do is rare.

    P(5 or more of 8 miss) = Σ C(8, k) 0.05^k 0.95^(8-k) for k = 5 … 8 is 1.5e-5, and 8e-5 if an
    interval holds in only 93 of 100: below one failure in 10,000 runs. An interval that is shifted
    by its own width misses nearly always.
    """
    assert held(variants["float32"], images, 8, seconds=1) >= 4


@pytest.mark.slow
@pytest.mark.clock
def test_of_a_hundred_intervals_of_a_file_against_itself_85_hold_one(
    variants: dict[str, Path], images: Any
) -> None:
    """Where 95 of 100 hold it, fewer than 85 do in 4 of 100,000 runs (binomial)."""
    assert held(variants["float32"], images, 100, seconds=0.4) >= 85


@pytest.mark.clock
def test_a_file_of_several_times_the_work_takes_longer(
    short_and_long: list[Path], images: Any
) -> None:
    baseline, slow = measure_latency(short_and_long, images, budget_seconds=3).results
    assert (baseline.ratio, baseline.ratio_low, baseline.ratio_high) == (1.0, 1.0, 1.0)
    assert slow.ratio is not None
    assert slow.ratio_low is not None
    assert slow.ratio_high is not None
    assert slow.ratio_low <= slow.ratio <= slow.ratio_high
    assert slow.ratio_low > 1
    assert slow.stopped_by in ("precision", "budget")
    for found in (baseline, slow):
        assert None not in (found.min_ms, found.median_ms, found.p90_ms, found.p99_ms)
        ordered = [found.min_ms, found.median_ms, found.p90_ms, found.p99_ms]
        assert ordered == sorted(ordered, key=lambda ms: ms or 0)
        assert found.first_ms is not None
        assert found.first_ms > (found.min_ms or 0)
        assert TypeAdapter(Latency).validate_python(json.loads(json.dumps(asdict(found)))) == found


def test_a_file_that_cannot_run_does_not_stop_the_others(
    variants: dict[str, Path], flex_file: Path, images: Any
) -> None:
    files = [variants["float32"], flex_file, variants["int8"]]
    run = measure_latency(files, images, budget_seconds=0.5)
    assert run.results[1] == Latency.of_failure(threads=1)
    assert run.results[2].ratio is not None
    assert run.repeats[1] == 0


def test_without_a_baseline_there_are_times_but_no_ratios(
    variants: dict[str, Path], flex_file: Path, images: Any
) -> None:
    found = measure_latency([flex_file, variants["int8"]], images, budget_seconds=0.5).results[1]
    assert found.median_ms is not None
    assert (found.ratio, found.ratio_low, found.ratio_high) == (None, None, None)


def test_no_file_that_runs_gives_nothing(flex_file: Path, images: Any) -> None:
    run = measure_latency([flex_file], images, budget_seconds=0.5)
    assert run.results == (Latency.of_failure(threads=1),)


@pytest.mark.clock
def test_the_budget_ends_it_and_is_named(variants: dict[str, Path], images: Any) -> None:
    files = [variants["float32"], variants["int16x8"]]
    start = time.monotonic()
    run = measure_latency(files, images, budget_seconds=0.3, precision=1e-6)
    assert time.monotonic() - start < 3
    assert {latency.stopped_by for latency in run.results} == {"budget"}


def test_all_raw_times_are_kept(variants: dict[str, Path], images: Any) -> None:
    files = [variants["float32"], variants["int8"]]
    seen: list[float] = []
    run = measure_latency(files, images, budget_seconds=1, threads=2, on_progress=seen.append)
    assert run.times.wall_ms.shape == run.times.cpu_ms.shape == run.times.preempted.shape
    assert run.results[1].runs == np.count_nonzero(~np.isnan(run.times.wall_ms[..., 1]))
    assert run.results[1].cpu_median_ms is None  # other threads' work would be missing
    assert seen == sorted(seen)


def simulated(rng: np.random.Generator, busy: float) -> RoundTimes:
    """20 sittings of a file that takes 0.5 of the baseline; a share of blocks is interrupted."""
    cpu = np.array([1.0, 0.5]) * rng.normal(1, 0.01, (20, 5, 2)) * rng.normal(1, 0.01, (20, 1, 2))
    preempted = rng.random((20, 5, 2)) < busy
    return RoundTimes(cpu + preempted * rng.exponential(2.0, cpu.shape), cpu, preempted)


@pytest.mark.parametrize("busy", [0.0, 0.2, 0.9])
def test_a_busy_machine_does_not_move_the_ratio(busy: float) -> None:
    found = simulated(np.random.default_rng(3), busy).ratio(1, threads=1)
    assert found is not None
    assert found.value == pytest.approx(0.5, rel=0.02)


def test_the_interval_holds_the_true_ratio_about_95_times_in_100() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(200):
        found = simulated(rng, 0.1).ratio(1, threads=1)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.5 <= found.high
    assert held >= 182


def test_a_variants_time_is_its_ratio_of_the_baselines() -> None:
    rng = np.random.default_rng(6)
    for busy in (0.0, 0.3, 0.9):
        times = simulated(rng, busy)
        first, second = (
            times.latency(file, threads=1, first_ms=None, stopped_by="budget") for file in range(2)
        )
        assert first.median_ms == np.median(times.clean_wall_ms(0))
        assert first.ratio == 1
        assert first.median_ms is not None
        assert second.median_ms is not None
        assert second.ratio is not None
        assert second.median_ms == pytest.approx(second.ratio * first.median_ms)
        assert second.p90_ms is not None
        own = np.quantile(times.clean_wall_ms(1), [0.5, 0.9])
        assert second.p90_ms / second.median_ms == pytest.approx(own[1] / own[0])


def test_files_about_as_fast_as_the_baseline_are_invoked_as_often() -> None:
    assert repeats_of({0: 0.3, 1: 0.35, 2: 0.1, 3: 1.1}) == {0: 3, 1: 3, 2: 3, 3: 3}
    assert repeats_of({0: 0.3, 1: 0.07, 2: 1.3, 3: 40.0}) == {0: 3, 1: 14, 2: 1, 3: 1}
    assert repeats_of({2: 0.2, 3: 0.25}) == {2: 5, 3: 5}  # the baseline cannot run
    assert repeats_of({}) == {}


def test_few_sittings_have_a_ratio_but_no_interval() -> None:
    times = simulated(np.random.default_rng(5), 0.0)
    few = RoundTimes(times.wall_ms[:3], times.cpu_ms[:3], times.preempted[:3])
    found = few.ratio(1, threads=1)
    assert found is not None
    assert (found.low, found.high) == (None, None)


def test_warming_up_goes_on_until_the_time_is_stable() -> None:
    delays = iter([0.02, 0.015, 0.01, 0.006] + [0.002] * 1_000)
    warm = warm_up(lambda: time.sleep(next(delays)), limit_seconds=5)
    assert warm < 6
    assert next(delays) == 0.002


def test_a_file_that_must_not_be_run_is_passed_over(variants: dict[str, Path], images: Any) -> None:
    files = [variants["float32"], None, variants["int8"]]
    run = measure_latency(files, images, budget_seconds=0.3)
    assert run.results[1] == Latency.of_failure(threads=1)
    assert run.results[2].ratio is not None


def test_each_latency_tells_its_setting(variants: dict[str, Path], images: Any) -> None:
    for threads, xnnpack in ((1, True), (2, True), (1, False)):
        [found] = measure_latency(
            [variants["float32"]], images, budget_seconds=0.2, threads=threads, xnnpack=xnnpack
        ).results
        assert (found.threads, found.xnnpack) == (threads, xnnpack)


@pytest.mark.parametrize("xnnpack", [True, False])
def test_without_xnnpack_what_is_timed_has_none(
    variants: dict[str, Path], images: Any, monkeypatch: pytest.MonkeyPatch, xnnpack: bool
) -> None:
    timed: list[set[str]] = []

    class Watched(Runner):
        def invoke(self) -> None:
            timed.append({step["op_name"] for step in self._interpreter._get_ops_details()})
            super().invoke()

    monkeypatch.setattr("optimizer.measure.latency.Runner", Watched)
    measure_latency([variants["float32"]], images, budget_seconds=0.1, xnnpack=xnnpack)
    assert timed
    assert all(("DELEGATE" in names) == xnnpack for names in timed)


def numbers_of(latency: Latency) -> list[float]:
    return [value for value in asdict(latency).values() if isinstance(value, float)]


def test_outputs_that_are_not_numbers_are_timed_like_others(
    convert: Callable[..., Path], images: Any
) -> None:
    import keras

    inputs = keras.Input((12, 12, 3))
    x = keras.layers.Conv2D(8, 3)(inputs)
    file = convert(keras.Model(inputs, keras.ops.sqrt(-1 - keras.ops.square(x))))
    runner = Runner(file, images.batch(0, 1))
    assert np.isnan(runner.run(runner.prepare(images.batch(0, 1)))[0]).all()
    found = measure_latency([file, file], images, budget_seconds=0.5).results[1]
    assert found.median_ms
    assert found.ratio
    assert np.isfinite(numbers_of(found)).all()


# ---- a clock that jumps ----------------------------------------------------------------------


class Clock:
    """Stands in for the nanosecond clocks: each look is `step` nanoseconds after the last."""

    def __init__(self, *steps: float) -> None:
        self.now, self.steps = 10**15, itertools.cycle(steps)

    def __call__(self) -> int:
        self.now += int(next(self.steps))
        return self.now


@pytest.mark.parametrize(
    "clock", [Clock(0), Clock(-1e6), Clock(-3600e9)], ids=["stands", "backwards", "an hour"]
)
def test_a_clock_that_does_not_move_forwards_gives_no_numbers(
    variants: dict[str, Path], images: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("optimizer.measure.clock.time.perf_counter_ns", clock)
    files = [variants["float32"], variants["int8"]]
    run = measure_latency(files, images, budget_seconds=0.2)
    assert run.results == (Latency.of_failure(threads=1),) * 2


@pytest.mark.clock
def test_one_jump_leaves_the_numbers_of_all_other_runs(
    variants: dict[str, Path], images: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour forwards in one of 40 looks, and back in another."""
    real, looks = time.perf_counter_ns, itertools.count()
    hour = 3600 * 10**9

    def jumping() -> int:
        return real() + hour * (next(looks) % 40 in range(21, 35))

    monkeypatch.setattr("optimizer.measure.clock.time.perf_counter_ns", jumping)
    files = [variants["float32"]] * 2
    found = measure_latency(files, images, budget_seconds=0.5).results[1]
    assert found.median_ms
    assert found.ratio == pytest.approx(1, rel=0.5)
    assert all(0 < number < 1e5 for number in numbers_of(found))


@pytest.mark.clock
def test_a_cpu_clock_that_runs_backwards_leaves_the_wall_clock(
    short_and_long: list[Path], images: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.measure.clock.time.thread_time_ns", Clock(-1e6))
    found = measure_latency(short_and_long, images, budget_seconds=0.5).results[1]
    assert found.cpu_median_ms is None
    assert found.median_ms
    assert found.ratio
    assert found.ratio > 1


def test_a_budget_whose_clock_stands_still_ends_too(
    variants: dict[str, Path], images: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.measure.latency.MOST_SITTINGS", 30)
    monkeypatch.setattr("optimizer.measure.clock.MOST_WARM_UPS", 30)
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    files = [variants["float32"]] * 2
    run = measure_latency(files, images, budget_seconds=1, precision=1e-9)
    assert run.times.wall_ms.shape[0] == 30
