"""tests of store/: what is kept of a variant's answers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.labels import Task
from optimizer.errors import StudyError
from optimizer.measure.disagreement import disagreement
from optimizer.measure.metrics import scores_of
from optimizer.store.prediction_files import (
    Predictions,
    predictions_of,
    read_predictions,
    write_predictions,
)

OUTPUTS = np.eye(3, dtype=np.float32)[[0, 1, 1, 2]]
LABELS = np.array([0, 1, 2, 2])


def same(mine: Any, theirs: Any) -> bool:
    """Whether two dataclasses of arrays hold the same, NaN included."""
    if mine is None or theirs is None:
        return mine is theirs
    if isinstance(mine, np.ndarray):
        return bool(np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f"))
    return all(same(value, vars(theirs)[name]) for name, value in vars(mine).items())


def test_predictions_read_back_as_they_were(tmp_path: Path) -> None:
    kept = predictions_of(
        Task.CLASSIFICATION, OUTPUTS, LABELS, classes=True,
        scores=scores_of("accuracy", OUTPUTS, LABELS),
    )  # fmt: skip
    kept = replace(kept, different=disagreement(OUTPUTS, OUTPUTS[::-1], classes=True))
    write_predictions(tmp_path / "kept.npz", kept)
    assert same(read_predictions(tmp_path / "kept.npz"), kept)
    assert kept.scores is not None
    assert kept.scores.tolist() == [True, True, False, True]


def test_without_labels_only_classes_are_kept(tmp_path: Path) -> None:
    kept = predictions_of(Task.UNLABELLED, OUTPUTS, None, classes=True, scores=None)
    write_predictions(tmp_path / "kept.npz", kept)
    found = read_predictions(tmp_path / "kept.npz")
    assert found.classes is not None
    assert found.classes.tolist() == [0, 1, 1, 2]
    assert (found.scores, found.confusion, found.by_class, found.different) == (None,) * 4


def test_nothing_is_kept_where_nothing_was_run(tmp_path: Path) -> None:
    write_predictions(tmp_path / "kept.npz", Predictions())
    assert read_predictions(tmp_path / "kept.npz") == Predictions()


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "kept.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(StudyError, match="Run the recipe again"):
        read_predictions(tmp_path / "kept.npz")
