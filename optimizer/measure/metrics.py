"""measure/: how well a variant does its task: metrics of outputs and labels, with intervals."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from optimizer.errors import MeasurementError
from optimizer.measure.bootstrap import resampled_means
from optimizer.measure.results import Metric

Scores = npt.NDArray[np.bool_] | npt.NDArray[np.float64]
Outputs = npt.NDArray[np.float32]
Labels = npt.NDArray[np.generic]
CONFIDENCE = 0.95


class Score(Protocol):
    """Judges each sample by itself."""

    def __call__(self, outputs: Outputs, labels: Labels) -> Scores:
        """Scores of shape (n,): bool if a sample is right or wrong, else float64.

        Args:
            outputs: one model output, (n, ...).
            labels: (n,), (n, 1), or shaped like the outputs.
        """


@dataclass(frozen=True)
class MetricKind:
    """A metric as it was registered.

    Attributes:
        score: the score of each sample.
        of_mean: turns the mean score into the metric; must be increasing.
        proportion: whether scores are right or wrong, and the metric the share of right ones.
        higher_is_better: the direction of better.
    """

    score: Score
    of_mean: Callable[[float], float]
    proportion: bool
    higher_is_better: bool


METRICS: dict[str, MetricKind] = {}


def metric(
    name: str,
    *,
    proportion: bool = False,
    higher_is_better: bool = False,
    of_mean: Callable[[float], float] = float,
) -> Callable[[Score], Score]:
    """Registers a metric.

    Write a function from the outputs and labels to one score a sample (`Score`), and decorate
    it with the metric's name. The metric is the mean of the scores, or `of_mean` of it. With
    `proportion` the scores must be bool; their interval is then Wilson's, otherwise a bootstrap.
    """

    def register(score: Score) -> Score:
        METRICS[name] = MetricKind(score, of_mean, proportion, higher_is_better)
        return score

    return register


@metric("accuracy", proportion=True, higher_is_better=True)
def top_1(outputs: Outputs, labels: Labels) -> Scores:
    """Whether the predicted class is the label."""
    return np.asarray(predicted_classes(outputs) == class_labels(labels, len(outputs)))


@metric("top5", proportion=True, higher_is_better=True)
def top_5(outputs: Outputs, labels: Labels) -> Scores:
    """Whether the label is among the five classes with the largest outputs."""
    _check_classes(outputs)
    finite = np.where(np.isnan(outputs), -np.inf, outputs)  # NaN would be sorted as the largest
    largest = np.argsort(-finite, axis=1, kind="stable")[:, :5]
    return np.asarray(np.any(largest == class_labels(labels, len(outputs))[:, None], axis=1))


@metric("mae")
def absolute_error(outputs: Outputs, labels: Labels) -> Scores:
    """Mean absolute error over a sample's values, in the unit of the labels."""
    return _mean_of_each(np.abs(_residuals(outputs, labels)))


@metric("rmse", of_mean=math.sqrt)
def squared_error(outputs: Outputs, labels: Labels) -> Scores:
    """Mean squared error over a sample's values; the metric is the root of their mean."""
    return _mean_of_each(np.square(_residuals(outputs, labels)))


def evaluate(name: str, outputs: Outputs, labels: Labels) -> Metric:
    """The metric with its 95 % interval.

    Proportions have Wilson's score interval (Wilson, JASA 22, 1927, 209-212), the others the
    percentile bootstrap, seeded; from one sample alone there is no bootstrap interval.

    Args:
        name: a name in METRICS.
        outputs: one model output, (n, ...), as `predict` gives it.
        labels: (n,), (n, 1), or shaped like the outputs; at least one.

    Raises:
        MeasurementError: the metric is unknown, or the shapes do not fit.
    """
    scores = scores_of(name, outputs, labels)
    kind, n = METRICS[name], len(scores)
    mean = float(scores.mean())
    if np.isnan(outputs).any() or not math.isfinite(mean):
        return Metric(name, None, None, None, n)
    value = kind.of_mean(mean)
    if kind.proportion:
        from scipy.stats import binomtest  # noqa: PLC0415

        interval = binomtest(int(scores.sum()), n).proportion_ci(CONFIDENCE, method="wilson")
        return Metric(name, value, float(interval.low), float(interval.high), n)
    if n == 1:
        return Metric(name, value, None, None, n)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled_means(scores[:, None]), [tail, 1 - tail])
    return Metric(name, value, kind.of_mean(low), kind.of_mean(high), n)


def scores_of(name: str, outputs: Outputs, labels: Labels) -> Scores:
    """The score of each sample, (n,): what paired comparisons of variants work on.

    Args and errors as in `evaluate`.
    """
    if name not in METRICS:
        raise MeasurementError(f"There is no metric {name!r}. Available are: {', '.join(METRICS)}.")
    return METRICS[name].score(outputs, labels)


def predicted_classes(outputs: Outputs) -> npt.NDArray[np.intp]:
    """The class with the largest output, (n,); the first of equal ones, -1 where it is NaN.

    A single output decides between class 0 and 1: above 0.5 if all of them lie in 0..1, as
    after a sigmoid, otherwise above 0, as for logits.

    Args:
        outputs: (n, classes), (n, 1) or (n,).

    Raises:
        MeasurementError: the outputs have more dimensions.
    """
    values = outputs[:, None] if outputs.ndim == 1 else outputs
    _check_classes(values)
    classes: npt.NDArray[np.intp]
    if values.shape[1] == 1:
        probabilities = bool(np.nanmin(values) >= 0 and np.nanmax(values) <= 1)
        classes = (values[:, 0] > (0.5 if probabilities else 0.0)).astype(np.intp)
    else:
        classes = values.argmax(axis=1)
    classes[np.isnan(values).any(axis=1)] = -1
    return classes


def class_labels(labels: Labels, n: int) -> npt.NDArray[np.intp]:
    """Labels as class indices, (n,), from indices (n,) or (n, 1) or from one-hot (n, classes).

    Raises:
        MeasurementError: there are not n of them.
    """
    if labels.size == n:
        return labels.reshape(n).astype(np.intp)
    if labels.ndim != 2 or len(labels) != n:
        raise MeasurementError(
            f"The labels have shape {labels.shape}, but {n} class labels are expected: one number "
            "or one one-hot row for each sample."
        )
    indices: npt.NDArray[np.intp] = labels.argmax(axis=1)
    return indices


def _residuals(outputs: Outputs, labels: Labels) -> npt.NDArray[np.float64]:
    if outputs.size != labels.size or len(outputs) != len(labels):
        raise MeasurementError(
            f"The outputs have shape {outputs.shape}, the labels {labels.shape}; to measure an "
            "error they must hold the same number of values."
        )
    n = len(outputs)
    return outputs.reshape(n, -1).astype(np.float64) - labels.reshape(n, -1).astype(np.float64)


def _mean_of_each(errors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    means: npt.NDArray[np.float64] = errors.mean(axis=1)
    return means


def _check_classes(outputs: Outputs) -> None:
    if outputs.ndim != 2:
        raise MeasurementError(
            f"The output has shape {outputs.shape}; classes need (samples, classes)."
        )
