"""tests of jobs/: what was timed is put into a study so that times and ratios say the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.jobs.install import install_timed
from optimizer.measure.environment import environment
from optimizer.measure.measurements import Latency
from optimizer.store.records import Timed
from tests.variants import latency, study, variant


def timed(one: Latency, all_cores: Latency) -> Timed:
    other = replace(all_cores, threads=2, cpu_median_ms=None)
    return Timed(
        latency=one, other_latencies=(other,), memory=None, profile=None, unprofiled=None,
        timed_on=environment(),
    )  # fmt: skip


def test_times_of_earlier_variants_follow_the_baseline_that_is_timed_anew(tmp_path: Path) -> None:
    made = study(tmp_path / "s", *(variant(name) for name in ("float32", "int8", "float16")))
    float32, int8, float16 = made.index.variants
    install_timed(
        made,
        (float32, int8),
        [timed(latency(1), latency(0.8)), timed(latency(0.5, 0.5), latency(0.2, 0.25))],
    )
    busy = timed(latency(2), latency(0.8)), timed(latency(1.8, 0.9), latency(0.4, 0.5))
    install_timed(made, (float32, float16), busy)

    float32, int8, float16 = made.index.variants
    for one, ratio in ((float32, 1), (int8, 0.5), (float16, 0.9)):
        assert one.latency is not None
        assert one.latency.ratio == ratio
        assert one.latency.median_ms == pytest.approx(2 * ratio)
        assert one.latency.p90_ms == pytest.approx(1.1 * 2 * ratio)
        assert one.latency.first_ms == 9
    assert int8.other_latencies[0].median_ms == pytest.approx(0.2), "that setting is as it was"
    assert float16.other_latencies[0].median_ms == pytest.approx(0.4)


def test_without_a_ratio_times_stay(tmp_path: Path) -> None:
    made = study(tmp_path / "s", variant("float32"), variant("int8"))
    nothing = Latency.of_failure(1)
    alone = replace(latency(3), ratio=None, ratio_low=None, ratio_high=None)
    install_timed(made, made.index.variants, [timed(nothing, nothing), timed(alone, nothing)])
    assert made.index.variants[0].latency == nothing
    assert made.index.variants[1].latency == alone
