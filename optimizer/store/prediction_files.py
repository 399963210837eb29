"""store/: what is kept of a variant's answers: scores, classes and disagreements, no copies.

One `.npz` beside the file. Positions count within the evaluation role.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Int64s
from optimizer.data.labels import Task
from optimizer.errors import StudyError
from optimizer.measure.confusion import (
    ClassScores,
    Counts,
    class_scores,
    confusion_matrix,
    decision_counts,
    position_matrix,
    position_scores,
)
from optimizer.measure.disagreement import Disagreement
from optimizer.measure.metrics import Scores, predicted_classes, scores_of
from optimizer.measure.metrics.metric import Labels, Outputs

MOST_CLASSES = 1_000  # of positions, whose matrix is kept: a tagger may have a vocabulary of them
BY_CLASS, DIFFERENT = "class_", "different_"  # begin the names of their parts


@dataclass(frozen=True)
class Predictions:
    """What a variant says of the evaluation samples.

    Attributes:
        classes: The predicted class of each, (n,); None where the outputs are no classes.
        scores: The first metric's score of each, (n,); None without labels.
        confusion: See `measure.confusion`; None without classes or labels.
        by_class: How well each class or label is found; None likewise.
        different: Where it and the float32 variant disagree; None where nothing was compared.
    """

    classes: Int64s | None = None
    scores: Scores | None = None
    confusion: Counts | None = None
    by_class: ClassScores | None = None
    different: Disagreement | None = None


def predictions_of(
    task: Task, metric: str | None, outputs: Outputs, labels: Labels | None, *, classes: bool
) -> Predictions:
    """What is worth keeping of one output; disagreements come later.

    Args:
        task: What the labels are for.
        metric: The task's first one; None without labels.
        outputs: (n, ...), of the output that is judged.
        labels: In the form of the metrics.
        classes: Whether the output is a classification.
    """
    single = classes and task is not Task.PER_POSITION
    kept = Predictions(classes=predicted_classes(outputs).astype(np.int64) if single else None)
    if labels is None or metric is None:
        return kept
    confusion, by_class = None, None
    if task is Task.PER_POSITION:
        by_class = position_scores(outputs, labels)
        if len(by_class.samples) <= MOST_CLASSES:
            confusion = position_matrix(outputs, labels)
    elif task in {Task.CLASSIFICATION, Task.MULTI_LABEL}:
        count = confusion_matrix if task is Task.CLASSIFICATION else decision_counts
        confusion = count(outputs, labels)
        by_class = class_scores(confusion)
    scores = scores_of(metric, outputs, labels)
    return Predictions(kept.classes, scores, confusion, by_class)


def write_predictions(path: Path, kept: Predictions) -> None:
    """Writes what there is into an `.npz`."""
    arrays: dict[str, npt.NDArray[Any] | None] = {
        "classes": kept.classes, "scores": kept.scores, "confusion": kept.confusion,
    }  # fmt: skip
    for prefix, part in ((BY_CLASS, kept.by_class), (DIFFERENT, kept.different)):
        if part is not None:
            arrays |= {prefix + one.name: getattr(part, one.name) for one in fields(part)}
    np.savez_compressed(path, **{name: a for name, a in arrays.items() if a is not None})  # type: ignore[arg-type]


def read_predictions(path: Path) -> Predictions:
    """What `write_predictions` wrote; parts that an older version did not keep are None.

    Raises:
        StudyError: the file is damaged or gone.
    """
    try:
        with np.load(path) as kept:
            arrays = {name: kept[name] for name in kept}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise StudyError(
            f"{path.name} cannot be read; run the variant again to see its predictions."
        ) from error
    by_class = _part(arrays, BY_CLASS)
    different = _part(arrays, DIFFERENT)
    return Predictions(
        **arrays,
        by_class=ClassScores(**by_class) if by_class else None,
        different=Disagreement(**different) if different else None,
    )


def _part(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Takes the arrays whose names begin so out of all, under the rest of their names."""
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}
