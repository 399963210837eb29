"""benchmarks/: variants that are made for a benchmark, and what they lose."""

from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.records import Variant
from optimizer.store.study import Study


def make(scheduler: Scheduler, study: Study, *texts: str) -> list[Variant]:
    """Makes recipes; each has to end well."""
    recipes = [parse(text) for text in texts]
    scheduler.start(study, recipes)
    scheduler.wait(study)
    made = []
    for recipe in recipes:
        variant = study.variant(str(recipe))
        assert variant, study.index.jobs[-1].error
        made.append(variant)
    return made


def points_lost(study: Study, variant: Variant) -> float:
    """Points of accuracy below the baseline."""
    baseline = study.index.variants[0].metric
    assert baseline
    assert variant.metric
    return 100 * ((baseline.value or 0) - (variant.metric.value or 0))
