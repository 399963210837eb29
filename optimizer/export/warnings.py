"""export/: what makes all numbers of a study worth little, in words, for whoever shows them.

What is wrong with one variant stands with it, see `Variant.warnings`.
"""

from optimizer.choose.at_best import at_best
from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import Task
from optimizer.export import numbers
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import METRICS
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.fitting_scalings import fitting
from optimizer.store.records import FloatReport, StudyIndex, Variant, near_chance
from optimizer.words import listed

INVERTED = 0.4
"""An AUC below which it is no accident that the wrong ones score higher."""
FOUND = 0.02
"""mAP below which a detector finds hardly anything."""


def of_study(index: StudyIndex) -> tuple[str, ...]:
    """What to know before any number is believed; empty where there is nothing."""
    said = (
        _quantized(index),
        assumed(index),
        baseline_trouble(index),
        *further_trouble(index),
        scaling_doubt(index),
        at_best(index),
    )
    return tuple(filter(None, said))


def _quantized(index: StudyIndex) -> str | None:
    if not index.model.summary.quantized:
        return None
    return (
        f"The file is quantized already: what is called {BASELINE_TEXT} here is the file as it "
        "came, and nothing can be made smaller from it. Bring the float model that it was made "
        "from."
    )


def assumed(index: StudyIndex) -> str | None:
    """What the labels were taken for though nobody said it; None where that was told."""
    return (index.dataset and index.dataset.assumed) or None


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
        f"{dataset.scaling} was taken: {dataset.meaning()}. The files expect their "
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
    if dataset.reconstruction:
        return _guesses(report, metric) or _not_rebuilt(report, dataset.scaling)
    return (
        _guesses(report, metric)
        or _finds_nothing(dataset, metric)
        or _explains_nothing(baseline.others)
        or _forecasts_nothing(baseline)
    )


def further_trouble(index: StudyIndex) -> tuple[str, ...]:
    """What is wrong with the float model's answers at further outputs with labels of their own."""
    if index.dataset is None or not index.variants:
        return ()
    names = [spec.name for spec in index.model.summary.outputs]
    judged = {one.output: one for one in index.variants[0].outputs}
    return tuple(
        f"Output “{names[one.output]}”: {said}"
        for one in index.dataset.further
        if (mine := judged.get(names[one.output]))
        and (said := _guessed(mine.metric, one.chance) or _explains_nothing(mine.others))
    )


def _guesses(report: FloatReport, metric: Metric) -> str | None:
    """Whether an accuracy or an area is hardly more than guessing, or less."""
    if metric.name == "auc" and metric.value is not None and metric.value < INVERTED:
        return (
            f"The float model's AUC is {numbers.metric(metric)}, less than guessing gives: what "
            "should be found scores lower than the rest. Most often the labels are the wrong way "
            "round: 1 is for an anomaly, or for the class that is looked for."
        )
    return _guessed(metric, report.chance)


def _guessed(metric: Metric, chance: float | None) -> str | None:
    if not near_chance(metric, chance):
        return None
    return (
        f"The float model reaches {numbers.metric(metric)}, hardly more than guessing "
        f"({numbers.share(chance)}), so that no variant can be judged by it. Most often "
        "the scaling is wrong: the model was trained on values of another range. Try another "
        "scaling, or check the order of the labels."
    )


def _finds_nothing(dataset: DatasetRecord, metric: Metric) -> str | None:
    """Of a detector."""
    if dataset.task is not Task.DETECTION or metric.value is None or metric.value >= FOUND:
        return None
    return (
        f"The float model finds hardly any of the labelled boxes ({METRICS[metric.name].title} "
        f"{numbers.metric(metric)}), so that no variant can be judged by it. Most often its "
        f"outputs are read wrongly: they are read as {dataset.head}. Say how boxes are read "
        "(on the Data page, or --head), and check the scaling and the order of the classes."
    )


def _explains_nothing(others: tuple[Metric, ...]) -> str | None:
    """Of a model that gives values."""
    explained = next((other for other in others if other.name == "r2"), None)
    if explained is None or explained.value is None or explained.value > 0:
        return None
    return (
        f"The float model is no better than answering the mean of the labels each time (R² "
        f"{numbers.metric(explained)}), so that no variant can be judged by it. Most often the "
        "scaling or the unit of the labels is wrong: check both."
    )


def _forecasts_nothing(baseline: Variant) -> str | None:
    """Of a model that forecasts: a MASE of 1 is what repeating the last season reaches."""
    scaled = next((one for one in baseline.others if one.name == "mase"), None)
    if scaled is None or scaled.value is None or scaled.value < 1:
        return None
    return (
        f"The float model is no better than repeating what was a season ago (MASE "
        f"{numbers.metric(scaled)}), so that no variant can be judged by it. Check the scaling, "
        "the order of the columns, and the season."
    )


def _not_rebuilt(report: FloatReport, scaling: str) -> str | None:
    """Whether an autoencoder rebuilds nothing: the mean sample would do as well."""
    explained = next((one.metric for one in report.scalings if one.scaling == scaling), None)
    if explained is None or explained.value is None or explained.value > 0:
        return None
    return (
        f"The float model rebuilds normal samples no better than answering their mean each time "
        f"(R² {numbers.metric(explained)}), so that no variant can be judged by it. Most often the "
        "scaling is wrong: try another."
    )
