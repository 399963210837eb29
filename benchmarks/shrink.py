"""benchmarks/: what taking channels out must reach on the sample, with its defaults."""

from benchmarks.conversion import study_of_the_sample
from benchmarks.row import Row, at_most, ratio_at_most, speedup_at_least
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.records import Variant
from optimizer.store.study import Study

PLAIN = "int8"
HALF = "shrink(macs=0.5)+int8"
QUARTER = "shrink(macs=0.25)+qat+int8"


def measure() -> list[Row]:
    """Accuracy, work, size and time of two recipes, against int8 of the whole network."""
    with study_of_the_sample() as (scheduler, study):
        plain, half, quarter = _make(scheduler, study, PLAIN, HALF, QUARTER)
        whole = study.index.model.summary.macs or 0
        return [
            at_most("shrink", f"points lost: {HALF}", _lost(study, half), 1.0),
            at_most("shrink", f"points lost: {QUARTER}", _lost(study, quarter), 3.0),
            ratio_at_most("shrink", f"MACs: {HALF}", half.contents.macs, whole, 0.5),
            ratio_at_most("shrink", f"MACs: {QUARTER}", quarter.contents.macs, whole, 0.25),
            ratio_at_most(
                "shrink",
                f"bytes against plain int8: {HALF}",
                half.size_bytes,
                plain.size_bytes,
                0.6,
            ),
            speedup_at_least(
                "shrink", f"ms against plain int8: {HALF}", _median(half), _median(plain), 1.5
            ),
            speedup_at_least(
                "shrink", f"ms against plain int8: {QUARTER}", _median(quarter), _median(plain), 1.5
            ),
        ]


def _make(scheduler: Scheduler, study: Study, *texts: str) -> list[Variant]:
    recipes = [parse(text) for text in texts]
    scheduler.start(study, recipes)
    scheduler.wait(study)
    made = []
    for recipe in recipes:
        variant = study.variant(str(recipe))
        assert variant, study.index.jobs[-1].error
        made.append(variant)
    return made


def _lost(study: Study, variant: Variant) -> float:
    """Points of accuracy below the baseline."""
    baseline = study.index.variants[0].metric
    assert baseline
    assert variant.metric
    return 100 * ((baseline.value or 0) - (variant.metric.value or 0))


def _median(variant: Variant) -> float:
    """Milliseconds on one thread, taken in turn with the others."""
    assert variant.latency
    assert variant.latency.median_ms is not None
    return variant.latency.median_ms
