"""export/: what makes all numbers of a study worth little, in words, for whoever shows them.

What is wrong with one variant stands with it, see `Variant.warnings`.
"""

from optimizer.data.labels import Task
from optimizer.data.scaling import SCALINGS
from optimizer.export import numbers
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.fitting_scalings import fitting
from optimizer.store.records import StudyIndex
from optimizer.words import listed


def of_study(index: StudyIndex) -> tuple[str, ...]:
    """What to know before any number is believed; empty where there is nothing."""
    said = (_quantized(index), baseline_trouble(index), scaling_doubt(index))
    return tuple(filter(None, said))


def _quantized(index: StudyIndex) -> str | None:
    if not index.model.summary.quantized:
        return None
    return (
        f"The file is quantized already: what is called {BASELINE_TEXT} here is the file as it "
        "came, and nothing can be made smaller from it. Bring the float model that it was made "
        "from."
    )


def scaling_doubt(index: StudyIndex) -> str | None:
    """Says so where several scalings fit the data alike, so that one was taken by convention."""
    dataset, report = index.dataset, index.float_report
    if dataset is None or report is None:
        return None
    fits = fitting(report.scalings)
    if len(fits) < 2 or dataset.scaling not in fits or baseline_trouble(index):
        return None
    reached = {score.scaling: score.metric for score in report.scalings}
    told = listed([f"{name} {numbers.metric(reached[name])}" for name in fits])
    return (
        f"Several scalings fit the data alike ({told} on {reached[fits[0]].n:,} samples). "
        f"{dataset.scaling} was taken: {SCALINGS[dataset.scaling].meaning}. The files expect their "
        "inputs so, and integer files are calibrated on it: if your application feeds something "
        "else, choose that scaling."
    )


def baseline_trouble(index: StudyIndex) -> str | None:
    """What is wrong with the float model's answers; None for nothing, and where nobody can tell."""
    dataset, report = index.dataset, index.float_report
    if dataset is None or report is None or not index.variants:
        return None
    cannot_tell = dataset.synthetic or index.model.summary.select_tf_ops
    if cannot_tell or dataset.task is Task.UNLABELLED:
        return None
    baseline = index.variants[0]
    metric = baseline.metric
    if metric is None or metric.value is None:
        return (
            "The model's outputs are not all numbers (NaN), so accuracy cannot be measured. "
            "Check the model and the scaling."
        )
    if report.near_chance(metric):
        return (
            f"The float model reaches {numbers.metric(metric)}, hardly more than guessing "
            f"({numbers.share(report.chance)}), so that no variant can be judged by it. Most often "
            "the scaling is wrong: the model was trained on values of another range. Try another "
            "scaling, or check the order of the labels."
        )
    explained = next((other for other in baseline.others if other.name == "r2"), None)
    if explained and explained.value is not None and explained.value <= 0:
        return (
            f"The float model is no better than answering the mean of the labels each time (R² "
            f"{numbers.metric(explained)}), so that no variant can be judged by it. Most often the "
            "scaling or the unit of the labels is wrong: check both."
        )
    return None
