"""store/: what is kept of a variant's answers: scores, classes and disagreements, no copies.

One `.npz` beside the file. Positions count within the evaluation role.
"""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float64s, Int64s
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
from optimizer.measure.detection.by_class import box_scores
from optimizer.measure.disagreement import Disagreement
from optimizer.measure.metrics import Scores, predicted_classes
from optimizer.measure.metrics.metric import Labels, Outputs
from optimizer.measure.misjudged import Rebuilt

MOST_CLASSES = 1_000  # of positions, whose matrix is kept: a tagger may have a vocabulary of them
BY_CLASS, DIFFERENT, REBUILT = "class_", "different_", "rebuilt_"  # begin the names of their parts


@dataclass(frozen=True)
class Predictions:
    """What a variant says of the evaluation samples.

    Attributes:
        classes: The predicted class of each, (n,); None where the outputs are no classes.
        scores: The first metric's score of each, (n,); without labels how near its outputs are to
            the float32 variant's, see `tasks.likeness`. None where only all samples together have
            one.
        resampled: Such a metric in each resample, see `evaluate_resampled`; else None.
        confusion: See `measure.confusion`; None without classes or labels.
        by_class: How well each class or label is found; None likewise.
        different: Where it and the float32 variant disagree; None where nothing was compared.
        errors: Of anomalies the error of reconstruction of each, (n,); else None.
        tuning_scores: Like `scores`, of each sample of the tuning role: what a search may look at.
        rebuilt: Of anomalies how some samples were rebuilt; else None.
    """

    classes: Int64s | None = None
    scores: Scores | None = None
    resampled: Float64s | None = None
    confusion: Counts | None = None
    by_class: ClassScores | None = None
    different: Disagreement | None = None
    errors: Float64s | None = None
    tuning_scores: Scores | None = None
    rebuilt: Rebuilt | None = None


def predictions_of(
    task: Task,
    outputs: Outputs,
    labels: Labels | None,
    *,
    classes: bool,
    scores: Scores | None,
) -> Predictions:
    """What is worth keeping of one output; disagreements come later.

    Args:
        task: What the labels are for.
        outputs: (n, ...), of the output that is judged; of detectors the boxes.
        labels: In the form of the metrics.
        classes: Whether the output is a classification.
        scores: Of the task's first metric; None without labels.
    """
    single = classes and task not in {Task.PER_POSITION, Task.DETECTION}
    kept = Predictions(classes=predicted_classes(outputs).astype(np.int64) if single else None)
    if labels is None:
        return kept
    confusion, by_class = None, None
    if task is Task.PER_POSITION:
        by_class = position_scores(outputs, labels)
        if len(by_class.samples) <= MOST_CLASSES:
            confusion = position_matrix(outputs, labels)
    elif task is Task.DETECTION:
        by_class = box_scores(outputs, labels)
    elif task in {Task.CLASSIFICATION, Task.MULTI_LABEL, Task.ANOMALY}:
        count = decision_counts if task is Task.MULTI_LABEL else confusion_matrix
        confusion = count(outputs, labels)
        by_class = class_scores(confusion)
    return replace(kept, scores=scores, confusion=confusion, by_class=by_class)


def write_predictions(path: Path, kept: Predictions) -> None:
    """Writes what there is into an `.npz`."""
    arrays: dict[str, npt.NDArray[Any] | None] = {
        "classes": kept.classes, "scores": kept.scores, "resampled": kept.resampled,
        "confusion": kept.confusion, "errors": kept.errors,
        "tuning_scores": kept.tuning_scores,
    }  # fmt: skip
    parts = ((BY_CLASS, kept.by_class), (DIFFERENT, kept.different), (REBUILT, kept.rebuilt))
    for prefix, part in parts:
        if part is not None:
            arrays |= {prefix + one.name: getattr(part, one.name) for one in fields(part)}
    np.savez_compressed(path, **{name: a for name, a in arrays.items() if a is not None})  # type: ignore[arg-type]


def read_predictions(path: Path) -> Predictions:
    """What `write_predictions` wrote; parts that an older version did not keep are None.

    Raises:
        StudyError: the file is damaged or gone.
    """
    with _opened(path) as kept:
        arrays = {name: kept[name] for name in kept}
    by_class = _part(arrays, BY_CLASS)
    different = _part(arrays, DIFFERENT)
    rebuilt = _part(arrays, REBUILT)
    return Predictions(
        **arrays,
        by_class=ClassScores(**by_class) if by_class else None,
        different=Disagreement(**different) if different else None,
        rebuilt=Rebuilt(**rebuilt) if rebuilt else None,
    )


def read_array(path: Path, name: str) -> npt.NDArray[Any] | None:
    """One of the arrays that `write_predictions` wrote, without the rest; None if it has none such.

    Args:
        path: The file.
        name: `scores`, `tuning_scores`, `resampled` or `classes`, see `Predictions`.

    Raises:
        StudyError: the file is damaged or gone.
    """
    with _opened(path) as kept:
        return kept.get(name)


@contextmanager
def _opened(path: Path) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
    try:
        with np.load(path) as kept:
            yield kept
    except (OSError, ValueError, EOFError, BadZipFile, zlib.error) as error:
        raise StudyError(
            f"{path.name} is missing or damaged, so what its variant loses cannot be said. Run the "
            "recipe again, or for float32 give the study its data again."
        ) from error


def _part(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Takes the arrays whose names begin so out of all, under the rest of their names."""
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}
