"""tests of data/: model summaries and `.npz` files, made on the spot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.dataset import Dataset, DatasetRecord, read
from optimizer.models.summary import ModelSummary, TensorSpec

Shape = tuple[int | None, ...]


def summary(
    taken: Shape = (8, 8, 3),
    given: Shape = (3,),
    *,
    dtype: str = "float32",
    activation: str = "softmax",
    inputs: int = 1,
    outputs: int = 1,
) -> ModelSummary:
    """A model as the data room sees it; shapes without the batch dimension."""
    return ModelSummary(
        name="m",
        format="Keras 3 .keras",
        version="3",
        inputs=tuple(TensorSpec(f"in_{i}", (None, *taken), dtype) for i in range(inputs)),
        outputs=tuple(TensorSpec(f"out_{i}", (None, *given), "float32") for i in range(outputs)),
        layers=(),
        parameters=1,
        macs=None,
        size_bytes=1,
        output_activation=activation,
    )


def images(count: int, seed: int = 0) -> Any:
    """Images of 8x8x3 in 0..255."""
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), np.uint8)


class Reader:
    """Writes arrays as an `.npz` and reads them as the app does."""

    def __init__(self, folder: Path) -> None:
        self.file, self.folder = folder / "data.npz", folder / "unpacked"
        self.folder.mkdir()

    def __call__(self, model: ModelSummary, **arrays: Any) -> DatasetRecord:
        np.savez(self.file, **arrays)
        return self.read_file(model)

    def read_file(self, model: ModelSummary) -> DatasetRecord:
        """Reads whatever lies in `file`."""
        return read(self.file, "data", self.folder, model, "digest")

    def dataset(self, model: ModelSummary, **arrays: Any) -> Dataset:
        """The dataset as later jobs open it."""
        record = self(model, **arrays)
        return Dataset(self.folder, record, model.inputs[0].dtype)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


Read = Callable[..., DatasetRecord]
