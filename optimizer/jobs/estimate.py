"""jobs/: how long a recipe will take, before it starts."""

from optimizer.recipes import Recipe
from optimizer.store.records import StudyIndex
from optimizer.techniques.training_step import TrainingTime

# A training step costs about three forward passes (Kaplan et al. 2020, Scaling Laws for Neural
# Language Models, 2.1), and a technique's own work on top of that.
PASSES = 3.0
OPENING_SECONDS = 0.15  # a file is made and opened
GETTING_READY = 8.0  # seconds a step spends on rebuilding the model and tracing its graph


def estimate_seconds(recipe: Recipe, index: StudyIndex) -> float | None:
    """Seconds that a recipe's job will take on this machine; None where nothing is known yet.

    What steps of the same technique took in this study counts first, else the float model's own
    speed when it was measured on the data.
    """
    dataset, report = index.dataset, index.float_report
    if dataset is None or report is None or not index.variants:
        return None
    seconds = index.variants[0].seconds * 2  # the conversion and its accuracy, from the baseline's
    for step in recipe.training:
        known = _seconds_per_epoch(step, index)
        if known is None:
            if report.seconds_per_sample is None:
                return None
            samples = dataset.training * PASSES * step.cost + dataset.tuning
            known = samples * report.seconds_per_sample
        seconds += GETTING_READY + known * step.passes
    return seconds


def metric_seconds(index: StudyIndex) -> float | None:
    """What the metric of every operator's two files takes on the tuning role; None if not known.

    From the baseline's latency on one thread, or else the float model's own speed.
    """
    dataset, report = index.dataset, index.float_report
    if dataset is None or not index.variants:
        return None
    baseline = index.variants[0]
    median = baseline.latency.median_ms if baseline.latency else None
    a_sample = report.seconds_per_sample if report else None
    if median is not None:
        a_sample = median / 1000
    if a_sample is None:
        return None
    files = 2 * sum(baseline.contents.operators.values()) + 2
    return files * (OPENING_SECONDS + dataset.tuning * a_sample)


def _seconds_per_epoch(step: TrainingTime, index: StudyIndex) -> float | None:
    for variant in reversed(index.variants):
        for record in variant.training:
            if record.step == step.name and record.epochs:
                return record.fit_seconds / record.epochs
    return None
