"""tests of data/: mean and deviation that the user gives do what scikit-learn's scalers do."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from optimizer.data.given_scaling import GivenScaling, parse_scaling, read_scaler
from optimizer.errors import DataError
from tests.refused import refused

VALUES = np.random.default_rng(0).normal([3, -200, 0.001], [1, 50, 1e-4], (40, 3))
LOW, HIGH = VALUES.min(axis=0), VALUES.max(axis=0)
QUARTERS = np.quantile(VALUES, [0.25, 0.75], axis=0)
# What each scaler of scikit-learn keeps, and what its documentation says it does.
SCALERS = {
    "StandardScaler": (
        {"mean_": VALUES.mean(axis=0), "var_": VALUES.var(axis=0), "scale_": VALUES.std(axis=0)},
        (VALUES - VALUES.mean(axis=0)) / VALUES.std(axis=0),
    ),
    "StandardScaler, var_ alone": (
        {"mean_": VALUES.mean(axis=0), "var_": VALUES.var(axis=0)},
        (VALUES - VALUES.mean(axis=0)) / VALUES.std(axis=0),
    ),
    "MinMaxScaler to −1…1": (
        {
            "min_": -1 - LOW * 2 / (HIGH - LOW),
            "scale_": 2 / (HIGH - LOW),
            "data_min_": LOW,
            "data_max_": HIGH,
        },
        2 * (VALUES - LOW) / (HIGH - LOW) - 1,
    ),
    "RobustScaler": (
        {"center_": np.median(VALUES, axis=0), "scale_": QUARTERS[1] - QUARTERS[0]},
        (VALUES - np.median(VALUES, axis=0)) / (QUARTERS[1] - QUARTERS[0]),
    ),
    "MaxAbsScaler": (
        {"max_abs_": np.abs(VALUES).max(axis=0), "scale_": np.abs(VALUES).max(axis=0)},
        VALUES / np.abs(VALUES).max(axis=0),
    ),
    "a mean and a std": (
        {"mean": np.array([3, -200, 0]), "std": np.array([1, 50, 1e-4])},
        (VALUES - [3, -200, 0]) / [1, 50, 1e-4],
    ),
}


@pytest.mark.parametrize("form", ["json", "npz"])
@pytest.mark.parametrize("scaler", SCALERS)
def test_the_values_of_a_scaler_do_what_it_does(scaler: str, form: str, tmp_path: Path) -> None:
    kept, expected = SCALERS[scaler]
    path = tmp_path / "scaler"
    if form == "json":
        path.write_text(json.dumps({name: np.asarray(one).tolist() for name, one in kept.items()}))
    else:
        with path.open("wb") as file:
            np.savez(file, **kept)
    [affine] = read_scaler(path).for_inputs([(3,)])
    np.testing.assert_allclose(affine.apply(VALUES), expected, rtol=1e-5, atol=1e-5)


def test_numbers_may_be_one_for_all_or_for_each_channel_or_value() -> None:
    x = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), np.uint8)
    mean, std = np.array([123.7, 116.3, 103.5]), np.array([58.4, 57.1, 57.4])
    [by_channel] = GivenScaling(tuple(mean), tuple(std)).for_inputs([(4, 6, 3)])
    np.testing.assert_allclose(by_channel.apply(x), (x - mean) / std, rtol=1e-5)
    [one] = GivenScaling((100.0,), (50.0,)).for_inputs([(4, 6, 3)])
    np.testing.assert_allclose(one.apply(x), (x - 100.0) / 50, rtol=1e-5)
    each = x[0].ravel().astype(float)
    [by_value] = GivenScaling(tuple(each), (2.0,)).for_inputs([(4, 6, 3)])
    np.testing.assert_allclose(by_value.apply(x), (x - x[0].astype(float)) / 2, rtol=1e-5)


def test_columns_of_several_inputs_follow_each_other() -> None:
    given = GivenScaling((1.0, 2.0, 3.0), (1.0, 10.0, 100.0))
    first, second = given.for_inputs([(1,), (2,)])
    assert first.apply(np.array([[5.0]])).tolist() == [[4]]
    assert second.apply(np.array([[12.0, 103.0]])).tolist() == [[1, 1]]


@pytest.mark.parametrize("text", ["0.5, 0.25", "0.5 0.25", "[0.5; 0.25]", "0.5,\n0.25\n"])
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    assert parse_scaling(text, "1").mean == (0.5, 0.25)


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pkl"
    path.write_bytes(pickle.dumps({"mean_": VALUES.mean(axis=0)}))
    with refused(DataError, "a pickle, which is code", "np.savez"):
        read_scaler(path)


def test_an_array_of_objects_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "scaler.npz"
    np.savez(path, mean_=np.array([{1}], object))
    with refused(DataError, "no .npz of numbers", "np.savez"):
        read_scaler(path)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("{", ("no JSON", "np.savez")),
        ("1, 2", ("neither JSON nor an .npz", "np.savez")),
        ('{"weights": [1]}', ("no mean and no deviation, but “weights”", "np.savez")),
        ('{"mean": ["a"], "std": [1]}', ("“mean”", "no list of numbers", "np.savez")),
        ('{"mean": [1, 2], "std": [1, 2, 3]}', ("2 means and 3 deviations", "as many")),
        ('{"mean": [1], "std": [0]}', ("not above 0", "deviation 1")),
        ('{"mean": [NaN], "std": [1]}', ("no number", "deviation 1")),
        ('{"min": [1], "scale": [0]}', ("“scale”", "has a 0")),
    ],
    ids=["cut", "text", "other names", "texts", "counts", "zero", "NaN", "no range"],
)
def test_a_file_without_usable_numbers(
    tmp_path: Path, content: str, parts: tuple[str, ...]
) -> None:
    (tmp_path / "s.json").write_text(content)
    with refused(DataError, *parts):
        read_scaler(tmp_path / "s.json")


def test_numbers_that_fit_no_dimension() -> None:
    with refused(DataError, "3 means", "8 × 8 × 1", "Give 1 or 64"):
        parse_scaling("1,2,3", "1").for_inputs([(8, 8, 1)])


def test_words_are_no_numbers() -> None:
    with refused(DataError, "“mean of x” is no mean", "decimal points"):
        parse_scaling("mean of x", "1")
