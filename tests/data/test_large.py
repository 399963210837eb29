"""tests of data/: data larger than memory are read piece by piece."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.data import rows
from optimizer.data.rows import Rows, open_rows
from optimizer.data.rows_writer import RowsWriter
from optimizer.errors import DataError
from tests.data.conftest import Reader, gathered, images
from tests.refused import refused
from tests.summaries import summary


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Any]:
    """A thousand rows on disk and in memory."""
    path = tmp_path_factory.mktemp("rows") / "x.npy"
    array = np.random.default_rng(0).random((1_000, 3, 2)).astype("float32")
    np.save(path, array)
    return Rows(path), array


@given(st.lists(st.integers(0, 999), max_size=50))
def test_rows_are_read_in_any_order_as_from_memory(
    stored: tuple[Rows, Any], places: list[int]
) -> None:
    on_disk, array = stored
    indices = np.array(places, np.int64)
    assert np.array_equal(on_disk[indices], array[indices])


@given(st.integers(-5, 1_005), st.integers(-5, 1_005))
def test_rows_are_sliced_as_in_memory(stored: tuple[Rows, Any], start: int, stop: int) -> None:
    on_disk, array = stored
    assert np.array_equal(on_disk[start:stop], array[start:stop])
    assert (len(on_disk), on_disk.shape) == (1_000, array.shape)
    assert on_disk.dtype == array.dtype


def test_a_single_row_is_read_without_its_neighbours(stored: tuple[Rows, Any]) -> None:
    on_disk, array = stored
    assert np.array_equal(on_disk[7], array[7])
    assert np.array_equal(on_disk[np.int64(999)], array[999])


def test_what_was_read_may_be_changed_without_changing_the_file(stored: tuple[Rows, Any]) -> None:
    on_disk, array = stored
    on_disk[0:5][:] = -1
    assert np.array_equal(on_disk[0:5], array[0:5])


def test_large_data_are_the_same_as_small_ones(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = images(40), np.arange(40) % 3
    small = gathered(reader.dataset(summary(), x=x, y=y))
    monkeypatch.setattr(rows, "LARGEST_MAPPED", 0)
    dataset = reader.dataset(summary(), x=x, y=y)
    assert isinstance(dataset.x, Rows)
    assert all(np.array_equal(*pair) for pair in zip(small, gathered(dataset), strict=True))


def test_a_file_that_grew_is_an_npy_file(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    parts = [np.full((n, 2), n, np.float64) for n in (0, 1, 9_999, 3)]
    with RowsWriter(path, (2,), "float32") as writer:
        for part in parts:
            writer.add(part)
    expected = np.concatenate(parts).astype("float32")
    assert np.array_equal(np.load(path), expected)
    assert np.array_equal(open_rows(path)[9_000:], expected[9_000:])
    assert (writer.count, writer.low, writer.high) == (10_003, 1, 9_999)


def test_data_that_the_disk_cannot_hold(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=2**30)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with refused(DataError, "0.0 GB unpacked", "1.0 GB free", "Free some space"):
        reader(summary(), x=images(6))
