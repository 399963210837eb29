"""tests of data/: data of every form, made on the spot."""

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataFiles, DataOptions, Role
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.reading import read
from optimizer.models.summary import ModelSummary


def images(number: int, seed: int = 0) -> Any:
    """Images of 8x8x3 in 0..255."""
    return np.random.default_rng(seed).integers(0, 256, (number, 8, 8, 3), np.uint8)


def gathered(dataset: Dataset) -> tuple[Any, Any]:
    """All samples (unscaled) of the first input and their labels, in the order of the file."""
    roles: tuple[Role, ...] = ("training", "calibration", "tuning", "evaluation")
    indices = np.concatenate([getattr(dataset.roles, role) for role in roles])
    x = np.concatenate([dataset.samples(role, "none").batch(0, 10**6)[0] for role in roles])
    labels = [dataset.labels(role) for role in roles]
    y = None if dataset.y is None else np.concatenate([part for part in labels if part is not None])
    order = np.argsort(indices)
    return x[order], None if y is None else y[order]


class Reader:
    """Reads data as the app does.

    Attributes:
        file: Where an `.npz` is written, or anything else that shall be read.
        folder: Where the data were read to.
    """

    def __init__(self, folder: Path) -> None:
        self.file, self.folder = folder / "data.npz", folder / "unpacked"
        self._folders = (folder / f"unpacked-{number}" for number in count())

    def __call__(self, model: ModelSummary, **arrays: Any) -> DatasetRecord:
        """Writes arrays as an `.npz` and reads it."""
        np.savez(self.file, **arrays)
        return self.read_file(model)

    def read_file(
        self, model: ModelSummary, path: Path | None = None, **decided: Any
    ) -> DatasetRecord:
        """Reads whatever lies in `path`, or in `file`; `decided` are data options."""
        return self.read_files(model, DataFiles(path or self.file), **decided)

    def read_files(self, model: ModelSummary, files: DataFiles, **decided: Any) -> DatasetRecord:
        """Reads any files into a new folder."""
        self.folder = next(self._folders)
        self.folder.mkdir()
        return read(files, "data", self.folder, model, DataOptions(**decided), lambda *_: None)

    def opened(self, record: DatasetRecord) -> Dataset:
        """What was read last, as later jobs open it."""
        return Dataset(self.folder, record)

    def dataset(self, model: ModelSummary, **arrays: Any) -> Dataset:
        """Arrays, read from an `.npz` and opened."""
        return self.opened(self(model, **arrays))


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)
