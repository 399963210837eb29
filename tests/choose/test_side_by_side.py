"""tests of choose/: two variants side by side."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizer.choose.side_by_side import Operators, Setting, side_by_side
from optimizer.cli.main import main
from optimizer.data.dataset import LABELS as LABELS_FILE
from optimizer.data.dataset import ROLE_INDICES
from optimizer.errors import StudyError
from optimizer.measure.confusion import class_scores, confusion_matrix
from optimizer.store.prediction_files import Predictions, write_predictions
from optimizer.store.study import Study
from tests.refused import refused
from tests.variants import accuracy, study, variant

PRUNED = "prune(final_sparsity=0.7)+int8(io=uint8)"
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
SAYS = {"float32": LABELS, "int8": np.array([0, 0, 0, 1, 1, 1, 1, 0]), PRUNED: 1 - LABELS}


@pytest.fixture
def made(tmp_path: Path) -> Study:
    """Three variants of which it is known what they say of eight samples of two classes."""
    contents = replace(variant("int8").contents, operators={"CONV_2D": 2, "QUANTIZE": 1})
    variants = [
        variant("float32"), variant("int8", contents=contents),
        variant(PRUNED, metric=accuracy(0.0)),
    ]  # fmt: skip
    opened = study(tmp_path / "pair", *variants)
    folder = opened.data_folder
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "x.npy", np.zeros((16, 4, 4, 1), np.uint8))
    np.save(folder / LABELS_FILE, np.concatenate([LABELS + 1, LABELS]))
    rest = {"training": [0, 1, 2, 3], "calibration": [4], "tuning": [5, 6, 7]}
    roles = {name: np.array(places) for name, places in rest.items()}
    np.savez(folder / ROLE_INDICES, **roles, evaluation=np.arange(8, 16))  # type: ignore[arg-type]
    for one in variants:
        says = SAYS[one.recipe]
        one_hot = np.eye(2, dtype=np.float32)[says]
        counts = confusion_matrix(one_hot, LABELS)
        kept = Predictions(
            classes=says, scores=says == LABELS, confusion=counts, by_class=class_scores(counts)
        )
        write_predictions(opened.folder / one.predictions, kept)
    return opened


def test_it_tells_what_differs_in_the_recipes(made: Study) -> None:
    found = side_by_side(made, "int8", PRUNED)
    assert found.recipe == (
        Setting("prune", "", "", "prune(final_sparsity=0.7)"),
        Setting("int8", "io", "float32", "uint8"),
    )
    assert side_by_side(made, "float32", "int8").recipe == (Setting("", "", "float32", "int8"),)
    assert side_by_side(made, "float32", "int8").operators == (Operators("QUANTIZE", 0, 1),)


def test_the_difference_is_the_seconds_minus_the_firsts_over_the_same_samples(made: Study) -> None:
    found = side_by_side(made, "float32", "int8")
    assert found.difference is not None
    assert found.difference.value == pytest.approx(-2 / 8)
    back = side_by_side(made, "int8", "float32").difference
    assert back is not None
    assert back.value == pytest.approx(2 / 8)


def test_the_samples_on_which_they_disagree_are_told_with_both_answers(made: Study) -> None:
    found = side_by_side(made, "float32", "int8")
    assert found.of_classes
    assert found.disagree == 2
    told = [(one.sample, one.first, one.second, one.truth) for one in found.apart]
    assert told == [(3, 0, 1, 0), (7, 1, 0, 1)], "with the labels of the evaluation role"


def test_classes_that_are_found_differently_come_with_both_shares(made: Study) -> None:
    found = side_by_side(made, "int8", PRUNED)
    assert [(one.samples, one.first, one.second) for one in found.classes] == [(4, 0.75, 0)] * 2
    assert not side_by_side(made, "float32", "int8").classes[2:]


def test_without_classes_scores_are_compared_the_furthest_apart_first(made: Study) -> None:
    for recipe, scores in (("float32", [1, 1, 1, 1.5]), ("int8", [1, 3, 1, 1])):
        file = made.folder / next(v for v in made.index.variants if v.recipe == recipe).predictions
        write_predictions(file, Predictions(scores=np.array(scores, float)))
    found = side_by_side(made, "float32", "int8")
    assert not found.of_classes
    assert [(one.sample, one.first, one.second) for one in found.apart] == [(1, 1, 3), (3, 1.5, 1)]


def test_one_that_is_not_there_and_twice_the_same_are_refused(made: Study) -> None:
    with refused(StudyError, "int16x8"):
        side_by_side(made, "int8", "int16x8")
    with refused(StudyError, "Choose two"):
        side_by_side(made, "int8", "int8")


def test_the_terminal_tells_the_same(made: Study, capsys: pytest.CaptureFixture[str]) -> None:
    made.close()
    assert main(["compare", str(made.folder), "float32", "int8"]) == 0
    told = capsys.readouterr().out
    assert "operators: QUANTIZE: 0 | 1" in told
    assert "2 evaluation samples have other classes" in told
    assert main(["compare", str(made.folder), "float32", "int8", "--json"]) == 0
    assert '"disagree": 2' in capsys.readouterr().out
