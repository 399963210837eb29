"""tests of data/: NumPy arrays in every arrangement that people save them in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataFiles
from optimizer.data.labels import Task
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary, TensorSpec
from tests.archives import zip_folder
from tests.data.conftest import Reader, gathered, images
from tests.refused import refused
from tests.summaries import summary

X, Y = images(40), np.arange(40) % 3


def two_inputs() -> ModelSummary:
    """A model of an image and five values."""
    inputs = (
        TensorSpec("picture", (None, 8, 8, 3), "float32"),
        TensorSpec("facts", (None, 5), "int32"),
    )
    return replace(summary(), inputs=inputs)


def npy_files(folder: Path, **arrays: Any) -> Path:
    """A folder of `.npy` files."""
    folder.mkdir()
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.mark.parametrize("form", ["folder", "zip", "zip with a folder in it"])
def test_a_pair_of_npy_files_is_read_like_an_npz(reader: Reader, tmp_path: Path, form: str) -> None:
    path = npy_files(tmp_path / "pair", x=X, y=Y)
    if form != "folder":
        path = zip_folder(path, tmp_path / "pair.zip", "" if form == "zip" else "pair/")
    dataset = reader.opened(reader.read_file(summary(), path))
    x, y = gathered(dataset)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)
    assert dataset.record.kind == ("NumPy .npy" if form == "folder" else "NumPy .npz")


def test_a_zip_of_an_npz_is_that_npz(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    np.savez(tmp_path / "a" / "data.npz", x=X, y=Y)
    assert reader.read_file(summary(), zip_folder(tmp_path / "a", tmp_path / "a.zip")).count == 40


def test_an_npy_file_alone_holds_inputs_without_labels(reader: Reader, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    record = reader.read_file(summary(), tmp_path / "x.npy")
    assert (record.kind, record.task) == ("NumPy .npy", Task.UNLABELLED)
    assert np.array_equal(gathered(reader.opened(record))[0], X)


def test_arrays_that_do_not_lie_in_native_order_arrive_as_they_are(
    reader: Reader, tmp_path: Path
) -> None:
    x = X.astype(">f8")
    path = npy_files(tmp_path / "pair", x=np.asfortranarray(x), y=Y.astype(">i2"))
    read_x, read_y = gathered(reader.opened(reader.read_file(summary(), path)))
    assert np.array_equal(read_x, X)
    assert np.array_equal(read_y, Y)


# ---- roles -----------------------------------------------------------------------------------


def indices(dataset: Any) -> dict[str, list[int]]:
    """The brightness of each sample of a role, which tells it."""
    roles = ("training", "calibration", "tuning", "evaluation")
    return {r: dataset.samples(r, "none").batch(0, 10**6)[0][:, 0, 0, 0].tolist() for r in roles}


def marked(first: int, count: int) -> Any:
    """Images whose first pixel is their number."""
    x = np.zeros((count, 8, 8, 3), np.uint8)
    x[:, 0, 0, 0] = np.arange(first, first + count)
    return x


def test_arrays_named_by_role_play_that_role(reader: Reader) -> None:
    names = ("train", "calibration", "tuning", "evaluation")
    arrays = {f"x_{name}": marked(20 * at, 20) for at, name in enumerate(names)}
    labels = {f"y_{name}": Y[:20] for name in names}
    found = indices(reader.dataset(summary(), **arrays, **labels))
    for at, role in enumerate(("training", "calibration", "tuning", "evaluation")):
        assert found[role] == list(range(20 * at, 20 * at + 20))


def test_a_validation_part_tunes_beside_a_test_part_and_is_evaluated_without(
    reader: Reader,
) -> None:
    arrays: dict[str, Any] = {"x_train": marked(0, 20), "x_val": marked(20, 20)}
    both = indices(reader.dataset(summary(), **arrays, x_test=marked(40, 20)))
    assert (both["tuning"], both["evaluation"]) == (list(range(20, 40)), list(range(40, 60)))
    alone = indices(reader.dataset(summary(), **arrays))
    assert alone["evaluation"] == list(range(20, 40))
    assert len(alone["tuning"]) == 4


def test_calibration_samples_need_no_labels(reader: Reader) -> None:
    dataset = reader.dataset(summary(), x=marked(0, 40), y=Y, x_calibration=marked(100, 10))
    assert indices(dataset)["calibration"] == list(range(100, 110))
    assert dataset.labels("calibration") is None
    assert sum(dataset.record.class_counts) == 40
    for role in ("training", "tuning", "evaluation"):
        numbers = indices(dataset)[role]
        assert np.array_equal(np.asarray(dataset.labels(role)), Y[np.array(numbers, int)])


def test_each_role_may_have_a_file_of_its_own(reader: Reader, tmp_path: Path) -> None:
    np.savez(tmp_path / "main.npz", x=marked(0, 40), y=Y)
    np.savez(tmp_path / "test.npz", x=marked(100, 20), y=Y[:20])
    np.save(tmp_path / "calibration.npy", marked(200, 10))
    files = DataFiles(
        tmp_path / "main.npz",
        {"evaluation": tmp_path / "test.npz", "calibration": tmp_path / "calibration.npy"},
    )
    found = indices(reader.opened(reader.read_files(summary(), files)))
    assert found["evaluation"] == list(range(100, 120))
    assert found["calibration"] == list(range(200, 210))
    assert sorted(found["training"] + found["tuning"]) == list(range(40))
    assert len(found["tuning"]) == 8


def test_without_a_common_file_training_serves_for_calibration_and_tuning(
    reader: Reader, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", x=marked(0, 40), y=Y)
    np.savez(tmp_path / "b.npz", x=marked(100, 20), y=Y[:20])
    files = DataFiles(None, {"training": tmp_path / "a.npz", "evaluation": tmp_path / "b.npz"})
    record = reader.read_files(summary(), files)
    assert (record.training, record.calibration, record.tuning, record.evaluation) == (28, 4, 8, 20)


def test_files_for_roles_without_one_to_evaluate(reader: Reader, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    with refused(DataError, "for training but none for evaluation", "Give a file for evaluation"):
        reader.read_files(summary(), DataFiles(None, {"training": tmp_path / "a.npz"}))


def test_files_of_different_forms(reader: Reader, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    with refused(DataError, "different forms", "NumPy arrays", "a CSV table", "the same form"):
        reader.read_files(
            summary(), DataFiles(tmp_path / "a.npz", {"evaluation": tmp_path / "b.csv"})
        )


def test_a_file_for_a_role_without_labels_while_the_others_have_some(
    reader: Reader, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    np.savez(tmp_path / "b.npz", x=X)
    files = DataFiles(tmp_path / "a.npz", {"evaluation": tmp_path / "b.npz"})
    with refused(DataError, "Some of the data have labels, others do not", "Give labels"):
        reader.read_files(summary(), files)


# ---- several inputs --------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("picture", "facts"), ("x0", "x1")], ids="+".join)
def test_several_inputs_are_told_by_name_or_number(reader: Reader, names: tuple[str, str]) -> None:
    facts = np.arange(200).reshape(40, 5)
    dataset = reader.dataset(two_inputs(), **{names[0]: X, names[1]: facts, "y": Y})
    assert [one.name for one in dataset.record.inputs] == ["picture", "facts"]
    assert dataset.record.count == 40
    picture: Any
    fact: Any
    picture, fact = dataset.samples("evaluation", "unit").batch(0, 20)
    chosen = dataset.roles.evaluation
    np.testing.assert_allclose(picture, X[chosen] / 255, rtol=1e-6)
    assert fact.dtype == np.int32
    assert np.array_equal(fact, facts[chosen])  # whole numbers are never scaled
    assert [len(part) for part in dataset.samples("evaluation").at(np.array([3, 1]))] == [2, 2]


def test_several_inputs_and_a_test_part(reader: Reader) -> None:
    arrays = {"picture_train": X, "facts_train": np.ones((40, 5), int), "picture_test": X[:9],
              "facts_test": np.ones((9, 5), int), "y_train": Y, "y_test": Y[:9]}  # fmt: skip
    assert reader(two_inputs(), **arrays).evaluation == 9


def test_data_for_a_model_of_several_inputs_that_have_one(reader: Reader) -> None:
    with refused(DataError, "takes 2 inputs (picture, facts)", "holds x, y", "x0, x1"):
        reader(two_inputs(), x=X, y=Y)


def test_an_input_that_is_missing_from_one_part(reader: Reader) -> None:
    arrays = {"picture_train": X, "facts_train": np.ones((40, 5), int), "picture_test": X}
    with refused(DataError, "has picture_test but no facts_test", "Add what is missing"):
        reader(two_inputs(), **arrays)


def test_inputs_of_different_lengths(reader: Reader) -> None:
    with refused(DataError, "picture has 40 samples but facts has 39", "all of its inputs"):
        reader(two_inputs(), picture=X, facts=np.ones((39, 5), int))


def test_a_single_input_may_be_called_by_its_name(reader: Reader) -> None:
    assert reader(summary(), in_0=X, y=Y).count == 40


def test_what_a_quantized_file_takes_are_the_values_of_the_float_model(reader: Reader) -> None:
    model = replace(summary((2,), dtype="int8"), quantized=True)
    dataset = reader.dataset(model, x=np.array([[0.25, 300.0]] * 6))
    assert dataset.samples("evaluation").batch(0, 1)[0].tolist() == [[0.25, 300.0]]


def test_no_sample_is_lost_or_kept_twice_in_a_large_file(reader: Reader) -> None:
    x = np.arange(20_000, dtype=np.float32).reshape(10_000, 2)
    dataset = reader.dataset(summary((2,), (1,), activation="linear"), x=x)
    assert np.array_equal(gathered(dataset)[0], x)


# ---- random inputs ---------------------------------------------------------------------------


def test_without_data_random_inputs_of_the_models_form_serve(reader: Reader) -> None:
    record = reader.read_files(two_inputs(), DataFiles())
    assert record.synthetic
    assert (record.task, record.scaling, record.evaluation) == (Task.UNLABELLED, "none", 32)
    assert record.count == 32
    picture: Any
    facts: Any
    picture, facts = reader.opened(record).samples("evaluation").batch(0, 32)
    assert (picture.shape, picture.dtype) == ((32, 8, 8, 3), np.float32)
    assert 0 <= picture.min() < 0.01
    assert 0.99 < picture.max() <= 1
    assert (facts.shape, facts.dtype) == ((32, 5), np.int32)
    assert set(np.unique(facts)) == {0, 1}
    assert any("latency and size" in note for note in record.notes)


def test_random_inputs_are_always_the_same(reader: Reader) -> None:
    first = reader.opened(reader.read_files(summary(), DataFiles()))
    again = reader.opened(reader.read_files(summary(), DataFiles()))
    assert np.array_equal(np.asarray(first.x[:]), np.asarray(again.x[:]))
    assert first.record == again.record


# ---- too little ------------------------------------------------------------------------------


def test_too_few_samples_for_a_role_are_said_with_what_that_makes_impossible(
    reader: Reader,
) -> None:
    notes = " ".join(reader(summary(), x=images(1), y=Y[:1]).notes)
    for part in ("1 samples are left for evaluation", "int8 and int16x8 cannot be made",
                 "for tuning", "nothing can be fine-tuned"):  # fmt: skip
        assert part in notes
    assert reader(summary(), x=images(400), y=np.arange(400) % 3).notes == ()
