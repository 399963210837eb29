"""tests of export/kits/: kits of a table, of two heads, and of pictures with a class a pixel."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.export.kits.test_cpp import build
from tests.export.kits.unpacked import unpacked

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("g++"), reason="there is no g++"),
]
RNG = np.random.default_rng(2)


def table(folder: Path) -> tuple[Any, Path, DataOptions]:
    """A price of three columns of different sizes."""
    import keras

    x = RNG.normal([10, 2000, -3], [2, 500, 0.1], (120, 3))
    y = (x - x.mean(0)) / x.std(0) @ [1.0, 2.0, -1.0]
    model = keras.Sequential([keras.Input((3,), name="columns"), keras.layers.Dense(1)])
    model.set_weights([np.array([[1.0], [2.0], [-1.0]]), np.zeros(1)])
    np.savetxt(
        folder / "data.csv", np.column_stack([x, y]), "%.9g", ",", header="a,b,c,price", comments=""
    )
    return model, folder / "data.csv", DataOptions(label="price", scaling="standardize")


def two_heads(folder: Path) -> tuple[Any, Path, DataOptions]:
    """Two inputs; a class of the one, and the sum of the other."""
    import keras

    left, right = keras.Input((4,), name="left"), keras.Input((3,), name="right")
    kind = keras.layers.Dense(4, activation="softmax", name="kind")
    total = keras.layers.Dense(1, name="total")
    model = keras.Model([left, right], [kind(left), total(right)])
    kind.set_weights([np.eye(4), np.zeros(4)])
    total.set_weights([np.ones((3, 1)), np.zeros(1)])
    a, b = (RNG.normal(size=(120, size)).astype(np.float32) for size in (4, 3))
    np.savez(folder / "data.npz", left=a, right=b, kind=a.argmax(1), total=b.sum(1))
    return model, folder / "data.npz", DataOptions(assume=True)


def pixels(folder: Path) -> tuple[Any, Path, DataOptions]:
    """The brightest colour of each pixel."""
    import keras

    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1, activation="softmax", use_bias=False)]
    )
    model.set_weights([10 * np.eye(3).reshape(1, 1, 3, 3)])
    x = RNG.integers(0, 256, (120, 8, 8, 3)).astype(np.uint8)
    np.savez(folder / "data.npz", x=x, y=x.argmax(-1))
    return model, folder / "data.npz", DataOptions(assume=True)


@pytest.fixture(params=[table, two_heads, pixels], ids=lambda make: make.__name__)
def study(request: pytest.FixtureRequest, scheduler: Scheduler, tmp_path: Path) -> Study:
    """A study of the float model."""
    model, data, options = request.param(tmp_path)
    model.save(tmp_path / "model.keras")
    study = scheduler.open_model(tmp_path / "model.keras", "model").result()
    return scheduler.add_data(study, DataFiles(data), "data", options).result()


def test_vectors_hold_in_python_and_cpp(study: Study, scheduler: Scheduler, tmp_path: Path) -> None:
    unpack = unpacked(study, scheduler, tmp_path)
    python, cpp = unpack("float32", "python"), unpack("float32", "cpp")
    build(cpp)
    for folder, command in (
        (python, [sys.executable, "test_vectors.py"]),
        (cpp, ["./test_vectors"]),
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("off by 0\n") == 3 * len(study.index.model.summary.outputs)
