"""tests of models/: a `.keras` file of Keras 2 that was written on Windows opens as elsewhere."""

import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.opened.canonical_keras import WEIGHTS
from optimizer.models.recognise import recognise


def of_windows(path: Path, to: Path) -> Path:
    """The same file with the names of groups joined by backslashes, as `os.path.join` did there."""
    weights = to.with_name("weights.h5")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(to, "w") as made:
        weights.write_bytes(archive.read(WEIGHTS))
        with h5py.File(weights, "r+") as file:
            groups: list[str] = []
            file.visit(lambda name: groups.append(name) if name.endswith("/vars") else None)
            for name in groups:
                above = name.removesuffix("/vars")
                if "/" in above:
                    file.copy(file[name], file.create_group(above.replace("/", "\\")), "vars")
            del file["layers"]
        for name in archive.namelist():
            made.writestr(name, weights.read_bytes() if name == WEIGHTS else archive.read(name))
    return to


def nested(library: Any) -> Any:
    """A model within a model, whose groups lie deeper."""
    inner = library.Sequential(
        [library.layers.Dense(4, activation="relu"), library.layers.Dense(3)], name="inner"
    )
    inputs = library.Input((5,), name="row")
    x = library.layers.BatchNormalization()(library.layers.Dense(5)(inputs))
    return library.Model(inputs, inner(x), name="outer")


@pytest.mark.parametrize("kind", ["plain", "nested"])
def test_its_weights_are_those_of_the_model(kind: str, tiny2: Any, tmp_path: Path) -> None:
    import tf_keras

    model = tiny2 if kind == "plain" else nested(tf_keras)
    model.save(tmp_path / "linux.keras")
    path = of_windows(tmp_path / "linux.keras", tmp_path / "windows.keras")
    with zipfile.ZipFile(path) as archive:
        archive.extract(WEIGHTS, tmp_path)
    with h5py.File(tmp_path / WEIGHTS, "r") as file:
        assert any("\\" in name for name in file)
    x = np.random.default_rng(2).random((6, *model.input_shape[1:]), np.float32)
    [outputs] = LoadedModel(path, recognise(path)).predict((x,))
    np.testing.assert_allclose(outputs, model.predict_on_batch(x), atol=1e-5)


def test_a_damaged_one_is_one_sentence(model_files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.keras"
    content = model_files["keras2"].read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes(200) + content[middle + 200 :])
    with pytest.raises(ModelError, match="cannot be unpacked"):
        LoadedModel(path, recognise(path))
