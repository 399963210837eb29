"""measure/metrics/: what a metric is, and how one is registered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.errors import MeasurementError
from optimizer.registry import Registry

Scores = npt.NDArray[np.bool_] | Float64s
Outputs = Float32s
Labels = Array


class Score(Protocol):
    """Judges each sample by itself."""

    def __call__(self, outputs: Outputs, labels: Labels) -> Scores:
        """Scores of shape (n,): bool if a sample is right or wrong, else float64.

        Args:
            outputs: one model output, (n, ...).
            labels: (n,), (n, 1), or shaped like the outputs.
        """


@dataclass(frozen=True)
class Weighted:
    """A metric of all samples together, for any weights of them.

    Attributes:
        values: takes weights (n, b), float32, of b resamples; gives the metric in each, float64
            (b,), NaN where it is not defined. Weights of one give the metric itself.
        cost: how many values it goes through for each resample.
    """

    values: Callable[[Float32s], Float64s]
    cost: int


class OfAll(Protocol):
    """Judges all samples together."""

    def __call__(self, outputs: Outputs, labels: Labels) -> Weighted | None:
        """The metric as a function of weights; None where these samples do not define it.

        Args:
            outputs: one model output, (n, ...), without NaN.
            labels: (n,), (n, 1), or shaped like the outputs.
        """


@dataclass(frozen=True)
class MetricKind:
    """A metric as it was registered.

    Attributes:
        title: what people call it, e.g. "Accuracy".
        tasks: what it can judge.
        higher_is_better: the direction of better.
        share: whether it is a share, 0..1, which people read in per cent.
        unit: what it is measured in where it is no share; empty for none.
        score: the score of each sample, whose mean makes the metric; None if there is none.
        of_mean: turns the mean score into the metric; must be increasing.
        proportion: whether scores are right or wrong, and the metric the share of right ones.
        of_all: the metric of all samples together, where it has no score, or where its interval
            needs more than the scores.
        of_errors: whether it looks at errors of reconstruction themselves, not at what is decided
            by them.
        of_scaled: whether outputs and labels are divided by the naive forecast's error first.
    """

    title: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    share: bool
    unit: str
    score: Score | None = None
    of_mean: Callable[[float], float] = float
    proportion: bool = False
    of_all: OfAll | None = None
    of_errors: bool = False
    of_scaled: bool = False


METRICS: Registry[MetricKind] = Registry("metric", MeasurementError)
"""Every metric by name."""


def metric(  # noqa: PLR0913 (each is known of a metric)
    name: str,
    title: str,
    *tasks: Task,
    proportion: bool = False,
    higher_is_better: bool = False,
    share: bool = False,
    unit: str = "unit of the labels",
    of_mean: Callable[[float], float] = float,
    of_all: OfAll | None = None,
    of_errors: bool = False,
    of_scaled: bool = False,
) -> Callable[[Score], Score]:
    """Registers a metric that is the mean of a score of each sample, or `of_mean` of that mean.

    Such metrics are compared sample by sample. With `proportion` the scores must be bool; their
    interval is then Wilson's, otherwise a bootstrap: of the scores, or of `of_all`, the same metric
    for any weights of the samples.

    To add one, put a file into this folder with a function from outputs and labels to one score a
    sample (`Score`), decorated with the metric's name, its title and the tasks that it judges.
    """

    def register(score: Score) -> Score:
        kind = MetricKind(
            title=title,
            tasks=tasks,
            higher_is_better=higher_is_better,
            share=share or proportion,
            unit="" if share or proportion else unit,
            score=score,
            of_mean=of_mean,
            proportion=proportion,
            of_all=of_all,
            of_errors=of_errors,
            of_scaled=of_scaled,
        )
        METRICS.add(name, kind)
        return score

    return register


def metric_of_all(
    name: str,
    title: str,
    *tasks: Task,
    higher_is_better: bool = True,
    share: bool = False,
) -> Callable[[OfAll], OfAll]:
    """Registers a metric that only all samples together have, such as AUC.

    To add one, put a file into this folder with a function from outputs and labels to `Weighted`
    (`OfAll`), decorated with the metric's name, its title and the tasks that it judges. Its
    interval is a bootstrap: the samples' weights are how often each was drawn, and files are
    compared in the same resamples.
    """

    def register(of_all: OfAll) -> OfAll:
        kind = MetricKind(
            title=title,
            tasks=tasks,
            higher_is_better=higher_is_better,
            share=share,
            unit="",
            of_all=of_all,
        )
        METRICS.add(name, kind)
        return of_all

    return register
