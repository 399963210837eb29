"""tests of data/: scalings do what their names mean in Keras."""

from typing import Any

import numpy as np
import pytest

from optimizer.data.scaling import SCALINGS, candidates
from tests.data.conftest import Reader, images, summary


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
    ("shape", "integer", "absent"),
    [((8, 8, 3), False, set()), ((8, 8, 1), False, {"torch", "caffe"}),
     ((7,), False, {"torch", "caffe"}), ((20,), True, set(SCALINGS) - {"none"})],
    ids=["colour", "grey", "table", "token ids"],
)  # fmt: skip
def test_only_scalings_that_make_sense_are_tried(
    shape: tuple[int, ...], integer: bool, absent: set[str]
) -> None:
    assert {scaling.name for scaling in candidates(shape, integer)} == set(SCALINGS) - absent


@pytest.mark.parametrize("name", SCALINGS)
def test_a_datasets_batches_come_scaled(reader: Reader, name: str) -> None:
    x: Any = images(40)
    dataset = reader.dataset(summary(), x=x)
    batch: Any = dataset.samples("evaluation", name).batch(0, 20)[0]
    np.testing.assert_allclose(batch, SCALINGS[name].apply(x[dataset.roles.evaluation]), rtol=1e-6)
