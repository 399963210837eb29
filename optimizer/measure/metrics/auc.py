"""measure/metrics/: the area under the ROC curve, which needs no threshold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import (
    class_labels,
    decisions,
    is_matrix,
    rows,
)
from optimizer.measure.metrics.means import mean_of_known
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, Weighted, metric
from optimizer.measure.probabilities import in_0_to_1

Weights = Float32s


def area(outputs: Outputs, labels: Labels) -> Weighted | None:
    """How often a sample of a class scores higher for it than one of another class; ties half.

    That is the Mann-Whitney statistic (Hanley and McNeil, Radiology 143, 1982, 29-36). Of several
    classes or labels it is the mean over each against the rest, as in scikit-learn's "ovr" and
    "macro"; those that all or none of the samples have are left out. None if no other is there.

    Args:
        outputs: (n, classes), (n, 1) or (n,); logits of several classes are turned into shares
            first, since they cannot be compared between samples.
        labels: classes (n,) or (n, 1), or decisions (n, labels) for multi-label.
    """
    told = list(_told(outputs, labels))
    if not told:
        return None
    rankings = [_Ranking.of(values, wanted) for values, wanted in told]

    def of_weights(weights: Weights) -> Float64s:
        found = np.stack([ranking.area(weights) for ranking in rankings])
        return mean_of_known(found)

    return Weighted(of_weights, len(told) * len(outputs))


@metric(
    "auc",
    "AUC",
    Task.CLASSIFICATION,
    Task.MULTI_LABEL,
    Task.ANOMALY,
    share=True,
    higher_is_better=True,
    of_all=area,
)
def share_of_pairs_won(outputs: Outputs, labels: Labels) -> Scores:
    """How much each sample moves the area: their mean is the area itself.

    The area plus n times what a sample, with the share of pairs that it wins, adds to or takes from
    it: the components of DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988, 837-845). The
    difference of two models' mean scores has that paper's variance, so that what compares means in
    pairs compares areas as its test does. No scores where there is no area.
    """
    found = [_components(values, wanted) for values, wanted in _told(outputs, labels)]
    return np.mean(found, axis=0) if found else np.zeros(0, np.float64)


def _told(outputs: Outputs, labels: Labels) -> Iterator[tuple[Float32s, npt.NDArray[np.bool_]]]:
    """The scores for each class or label that some samples have and others not, and which do."""
    if is_matrix(labels):
        values, wanted = decisions(outputs, labels)
    else:
        values, truth = rows(outputs), class_labels(labels, len(outputs))
        if values.shape[1] == 1:
            wanted = (truth == 1)[:, None]
        else:
            values = values if in_0_to_1(values) else _softmax(values)
            wanted = truth[:, None] == np.arange(values.shape[1])
    for at in range(values.shape[1]):
        if wanted[:, at].any() and not wanted[:, at].all():
            yield values[:, at], wanted[:, at]


def _components(scores: Float32s, wanted: npt.NDArray[np.bool_]) -> Float64s:
    """See `share_of_pairs_won`; by ranks (Sun and Xu, IEEE Signal Process. Lett. 21, 2014)."""
    from scipy.stats import rankdata  # noqa: PLC0415

    n, own = len(scores), int(np.count_nonzero(wanted))
    won = np.empty(n, np.float64)
    among_all = rankdata(scores)
    won[wanted] = (among_all[wanted] - rankdata(scores[wanted])) / (n - own)
    won[~wanted] = 1 - (among_all[~wanted] - rankdata(scores[~wanted])) / own
    area = won[wanted].mean()
    weights = np.where(wanted, n / own, n / (n - own))
    return np.asarray(area + (won - area) * weights, np.float64)


@dataclass(frozen=True)
class _Ranking:
    """The samples by their score for one class.

    Attributes:
        order: places of the samples, ascending by score, those of the class and the others apart
            among equal scores: others first.
        starts: where in `order` each run of one side begins; all of the class in it score the same.
        positive: whether the samples of a run are of the class.
        tied: whether a run of the class has the same score as the others just before it.
    """

    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    positive: npt.NDArray[np.bool_]
    tied: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, scores: Float32s, wanted: npt.NDArray[np.bool_]) -> "_Ranking":
        order = np.lexsort((wanted, scores))
        ranked, side = scores[order], wanted[order]
        # Others between two of the class are counted together, but those that tie with one.
        ties = ~side & np.isin(ranked, ranked[side])
        edge = side[1:] | ties[1:] | ties[:-1]
        cut = (side[1:] != side[:-1]) | (edge & (ranked[1:] != ranked[:-1]))
        starts = np.flatnonzero(np.concatenate([[True], cut]))
        first, positive = ranked[starts], side[starts]
        tied = np.zeros(len(starts), np.bool_)
        tied[1:] = positive[1:] & ~positive[:-1] & ties[starts[:-1]] & (first[1:] == first[:-1])
        return cls(order, starts, positive, tied)

    def area(self, weights: Weights) -> Float64s:
        """The area for each column of `weights` (n, b), NaN where a side has no weight."""
        runs = np.add.reduceat(weights[self.order], self.starts, axis=0)
        others = np.where(self.positive[:, None], 0, runs)
        below = np.cumsum(others, axis=0, dtype=np.float64)
        wins = below[self.positive]
        own = runs[self.positive]
        ties = np.flatnonzero(self.tied)
        wins[np.searchsorted(np.flatnonzero(self.positive), ties)] -= 0.5 * runs[ties - 1]
        pairs = own.sum(axis=0, dtype=np.float64) * below[-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(pairs > 0, (own * wins).sum(axis=0) / pairs, np.nan)


def _softmax(logits: Outputs) -> Outputs:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
