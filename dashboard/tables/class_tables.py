"""dashboard/tables/: how each class is found, and where variants disagree, as data frames."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.arrays import Float64s, Int64s
from optimizer.export import numbers
from optimizer.measure.confusion import ClassScores, Counts
from optimizer.measure.detection.apart import alone_of
from optimizer.measure.detection.detections import SURE, above
from optimizer.measure.disagreement import Disagreement

MOST_PAIRS = 20
MOST_SAMPLES = 200


@exportable
def by_class(mine: ClassScores, baseline: ClassScores | None, names: Sequence[str]) -> pd.DataFrame:
    """Each class or label that occurs, the least found first.

    Args:
        mine: the variant's.
        baseline: the float32 variant's; None where that is the variant, or was not kept.
        names: of all classes.
    """
    counted = "Samples" if mine.iou is None else "Positions"
    if mine.average_precision is not None:
        counted = "Boxes"
        names = names[: len(mine.samples)]
    frame = pd.DataFrame(
        {
            "Class": list(names),
            counted: mine.samples,
            "Found": 100 * mine.recall,
            "Interval": [
                numbers.between(low, high) for low, high in zip(mine.low, mine.high, strict=True)
            ],
            "Precision": 100 * mine.precision,
        }
    )
    if baseline is not None:
        frame.insert(4, "Change", _points(mine.recall - baseline.recall))
    if mine.average_precision is not None:
        frame["mAP"] = 100 * mine.average_precision
    if mine.iou is not None:
        frame["IoU"] = 100 * mine.iou
    return frame[mine.samples > 0].sort_values("Found", kind="stable", ignore_index=True)


@exportable
def confused(counts: Counts, names: Sequence[str]) -> pd.DataFrame:
    """The pairs of classes that are most often taken for one another.

    Args:
        counts: (true class, predicted class).
        names: of all classes.
    """
    wrong = counts - np.diag(counts.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [divmod(int(place), len(counts)) for place in order if wrong.flat[place]]
    return pd.DataFrame(
        {
            "Class": [names[true] for true, _ in pairs],
            "Taken for": [names[said] for _, said in pairs],
            "Samples": [int(wrong[pair]) for pair in pairs],
        }
    )


@exportable
def classes_apart(
    different: Disagreement, truth: Int64s | None, names: Sequence[str]
) -> pd.DataFrame:
    """The samples whose predicted class differs from the float32 variant's, the first ones.

    Args:
        different: of a classification.
        truth: (n,) the class of each evaluation sample; None without labels.
        names: of all classes.
    """
    samples = different.samples[:MOST_SAMPLES]
    frame = pd.DataFrame({"Sample": samples})
    if truth is not None:
        frame["Class"] = [names[place] for place in truth[samples]]
    frame["float32"] = [_named(names, place) for place in different.expected[:MOST_SAMPLES]]
    frame["This file"] = [_named(names, place) for place in different.answers[:MOST_SAMPLES]]
    return frame


@exportable
def positions_apart(different: Disagreement) -> pd.DataFrame:
    """The samples of whose positions the largest share differs from the float32 variant's."""
    count = len(different.samples)
    differ = (different.answers != different.expected).reshape(count, -1)
    share = 100 * differ.mean(axis=1) if count else np.zeros(0)
    return pd.DataFrame({"Sample": different.samples, "Apart": share})


@exportable
def boxes_apart(different: Disagreement) -> pd.DataFrame:
    """The samples in which the float32 variant finds boxes that this one does not, or otherwise."""
    alone = [
        alone_of(above(mine, SURE), above(theirs, SURE))
        for mine, theirs in zip(different.answers, different.expected, strict=True)
    ]
    return pd.DataFrame(
        {
            "Sample": different.samples,
            "Lost": [int(theirs.sum()) for _, theirs in alone],
            "Added": [int(mine.sum()) for mine, _ in alone],
        }
    )


@exportable
def numbers_apart(different: Disagreement) -> pd.DataFrame:
    """The samples whose outputs are furthest from the float32 variant's."""
    answers, expected = (
        values.astype(np.float64).reshape(len(different.samples), -1)
        for values in (different.answers, different.expected)
    )
    frame = pd.DataFrame({"Sample": different.samples})
    if not answers.size:
        return frame
    place = np.abs(answers - expected).argmax(axis=1)[:, None]
    frame["float32"] = np.take_along_axis(expected, place, axis=1)[:, 0]
    frame["This file"] = np.take_along_axis(answers, place, axis=1)[:, 0]
    frame["Difference"] = frame["This file"] - frame["float32"]
    return frame


def _points(change: Float64s) -> Float64s:
    """As shown, in tenths of a point; what rounds to nothing has no sign."""
    return np.round(100 * change, 1) + 0.0


def _named(names: Sequence[str], place: int) -> str:
    return names[place] if place >= 0 else "not a number"
