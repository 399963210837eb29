"""export/: what makes all numbers of a study worth little, in words, for whoever shows them.

What is wrong with one variant stands with it, see `Variant.warnings`.
"""

from optimizer.data.labels import Task
from optimizer.export import numbers
from optimizer.store.records import StudyIndex


def of_study(index: StudyIndex) -> tuple[str, ...]:
    """Why the float model itself is no measure for its variants; empty where it is one."""
    trouble = baseline_trouble(index)
    return (trouble,) if trouble else ()


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
