"""tests of data/: scalings do what their names mean in Keras."""

from typing import Any

import numpy as np
import pytest

from optimizer.data.scaling import SCALINGS, candidates, is_scaled, plausible
from tests.data.conftest import Reader, images
from tests.summaries import summary


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_scaling_equals_preprocess_input_of_keras(mode: str, dtype: str) -> None:
    from keras.src.applications.imagenet_utils import preprocess_input

    x = images(20).astype(dtype)
    expected = preprocess_input(x.astype("float32"), data_format="channels_last", mode=mode)
    scaled = SCALINGS[mode].apply(x)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", SCALINGS)
def test_a_scaling_leaves_the_users_values_alone(name: str) -> None:
    x = images(5).astype("float32")
    before = x.copy()
    SCALINGS[name].apply(x)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("name", SCALINGS)
def test_samples_are_scaled_each_by_itself(name: str) -> None:
    x = images(20)
    alone = np.concatenate([SCALINGS[name].apply(x[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(SCALINGS[name].apply(x), alone, rtol=1e-5, atol=1e-5)


def test_unit_reaches_from_zero_to_one() -> None:
    scaled = SCALINGS["unit"].apply(np.array([[0, 255]], np.uint8))
    assert scaled.tolist() == [[0, 1]]


def test_standardize_gives_each_sample_mean_zero_and_deviation_one() -> None:
    scaled = SCALINGS["standardize"].apply(images(20))
    np.testing.assert_allclose(scaled.mean((1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std((1, 2, 3)), 1, atol=1e-5)


def test_standardize_survives_a_sample_that_is_all_the_same() -> None:
    assert np.isfinite(SCALINGS["standardize"].apply(np.full((1, 4, 4, 1), 7))).all()


@pytest.mark.parametrize(
    ("shapes", "absent"),
    [([(8, 8, 3)], set()), ([(8, 8, 1)], {"torch", "caffe"}), ([(7,)], {"torch", "caffe"}),
     ([(8, 8, 3), (8, 8, 1)], {"torch", "caffe"}), ([], set(SCALINGS) - {"none"})],
    ids=["colour", "grey", "table", "colour and grey", "token ids"],
)  # fmt: skip
def test_only_scalings_that_make_sense_are_tried(
    shapes: list[tuple[int, ...]], absent: set[str]
) -> None:
    assert {scaling.name for scaling in candidates(shapes)} == set(SCALINGS) - absent


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (0, 1, {"none", "standardize"}),
        (-1, 1, {"none", "standardize"}),
        (0, 255, {"none", "unit", "tf", "torch", "caffe", "standardize"}),
        (-30, 4, {"none", "unit", "tf", "torch", "caffe", "standardize"}),
    ],
)
def test_values_that_are_scaled_already_are_not_divided_by_255(
    low: float, high: float, names: set[str]
) -> None:
    assert {one.name for one in plausible(candidates([(8, 8, 3)]), low, high)} == names


@pytest.mark.parametrize(
    ("shapes", "dtypes", "expected"),
    [([(8, 8, 3)], ["float32"], (True,)), ([(20,)], ["int32"], (False,)),
     ([(8, 8, 3), (5,)], ["float32", "float32"], (True, False)),
     ([(7,), (5,)], ["float32", "int32"], (True, False)),
     ([(8, 8, 3), (5,)], ["uint8", "float32"], (False, True))],
    ids=["image", "token ids", "image and values", "values and ids", "whole image and values"],
)  # fmt: skip
def test_images_are_scaled_and_whole_numbers_never(
    shapes: list[tuple[int, ...]], dtypes: list[str], expected: tuple[bool, ...]
) -> None:
    assert is_scaled(shapes, dtypes) == expected


def table(reader: Reader, x: Any) -> Any:
    """Columns, read for a model of as many values."""
    return reader.dataset(summary(x.shape[1:], (1,), activation="linear"), x=x, y=x[:, 0] / 7)


def test_columns_of_a_table_are_standardized_each_by_itself(reader: Reader) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([0, 1_000, -5], [1, 200, 0.01], (400, 3)).astype("float32")
    dataset = table(reader, x)
    parts = [dataset.samples(r, "standardize").batch(0, 400)[0]
             for r in ("training", "calibration", "tuning")]  # fmt: skip
    seen = np.concatenate(parts)
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(seen.std(axis=0), 1, atol=1e-3)


def test_evaluation_samples_have_no_say_in_how_columns_are_standardized(reader: Reader) -> None:
    x = np.random.default_rng(0).random((400, 3), np.float32)
    dataset = table(reader, x)
    before = dataset.samples("training", "standardize").batch(0, 5)[0]
    x[dataset.roles.evaluation] += 1_000
    again = table(reader, x)
    assert np.array_equal(again.roles.evaluation, dataset.roles.evaluation)
    assert np.array_equal(again.samples("training", "standardize").batch(0, 5)[0], before)


def test_a_column_that_never_changes_becomes_zero(reader: Reader) -> None:
    x = np.random.default_rng(0).random((400, 2), np.float32)
    x[:, 1] = 1e6 / 3
    scaled = table(reader, x).samples("evaluation", "standardize").batch(0, 200)[0]
    assert np.array_equal(scaled[:, 1], np.zeros(200))


@pytest.mark.parametrize("name", SCALINGS)
def test_a_datasets_batches_come_scaled(reader: Reader, name: str) -> None:
    x: Any = images(40)
    dataset = reader.dataset(summary(), x=x)
    batch: Any = dataset.samples("evaluation", name).batch(0, 20)[0]
    np.testing.assert_allclose(batch, SCALINGS[name].apply(x[dataset.roles.evaluation]), rtol=1e-6)
