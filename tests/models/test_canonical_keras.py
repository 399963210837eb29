"""tests of models/: Keras reads a new file of what was understood, and makes the same of it."""

import importlib
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ModelError
from optimizer.models.hdf5_links import check_hdf5
from optimizer.models.load import LoadedModel
from optimizer.models.opened.canonical_keras import canonical
from optimizer.models.recognise import recognise
from optimizer.models.trust import write_canonical
from optimizer.models.trust.canonical_hdf5 import SLAB
from tests.levels import some
from tests.refused import refused

FORMS = ["keras3", "keras3_h5", "keras2", "keras2_h5", "json3", "json2"]


def converted(library: Any, model: Any, folder: Path) -> bytes:
    import tensorflow as tf

    library.backend.clear_session()
    model.export(str(folder))
    return bytes(tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert())


def as_the_library_opens(library: Any, path: Path, folder: Path) -> Any:
    if path.suffix != ".zip":
        return library.models.load_model(str(path), compile=False)
    with zipfile.ZipFile(path) as archive:
        archive.extract("model.weights.h5", folder)
        model = library.models.model_from_json(archive.read("model.json").decode())
    model.load_weights(str(folder / "model.weights.h5"))
    return model


@pytest.mark.parametrize("form", some(FORMS, quick=["keras3", "keras2_h5"]))
def test_it_converts_to_the_same_bytes(
    model_files: dict[str, Path], tmp_path: Path, form: str
) -> None:
    library = importlib.import_module("keras" if "3" in form else "tf_keras")
    path = model_files[form]
    given = as_the_library_opens(library, path, tmp_path)
    recognised = recognise(path)
    stored = recognised.format.store(path, recognised, tmp_path / "source")
    made = LoadedModel(stored, recognise(stored)).keras_model()
    assert made.get_config() == given.get_config()
    first, second = (
        converted(library, model, tmp_path / str(at)) for at, model in enumerate((given, made))
    )
    assert first == second


@pytest.mark.parametrize("form", FORMS)
def test_all_its_weights_are_there(
    model_files: dict[str, Path], tiny3: Any, tmp_path: Path, form: str
) -> None:
    path = model_files[form]
    recognised = recognise(path)
    stored = recognised.format.store(path, recognised, tmp_path / "source")
    found = LoadedModel(stored, recognise(stored)).keras_model().get_weights()
    for one, other in zip(found, tiny3.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_strangers_are_not_in_it(model_files: dict[str, Path], tmp_path: Path) -> None:
    import keras

    path, weights = tmp_path / "m.keras", tmp_path / "w.h5"
    with zipfile.ZipFile(model_files["keras3"]) as archive:
        weights.write_bytes(archive.read("model.weights.h5"))
        with h5py.File(weights, "r+") as file:
            file.attrs["theirs"] = "x"
            file["text"] = "y"
        with zipfile.ZipFile(path, "w") as made:
            made.writestr("config.json", archive.read("config.json"))
            made.writestr("metadata.json", archive.read("metadata.json"))
            made.write(weights, "model.weights.h5")
            made.writestr("assets/run.py", "print()")
    with (
        canonical(path, recognise(path), keras, trusted=False) as given,
        zipfile.ZipFile(given.path) as archive,
    ):
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        with archive.open("model.weights.h5") as member, h5py.File(member, "r") as file:
            assert "text" not in file
            assert not file.attrs
            assert "layers" in file


@pytest.mark.parametrize("kind", ["soft link", "second name", "ring"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, kind: str) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["a/b"] = np.ones(3, np.float32)
        file["c"] = h5py.SoftLink("/a/b") if kind == "soft link" else file["a/b"]
        if kind == "ring":
            del file["c"]
            file["a/again"] = file["a"]
    words = "is a link" if kind == "soft link" else "has another name too"
    with refused(ModelError, words, "model.save"):
        write_canonical(tmp_path / "w.h5", tmp_path / "new.h5")


def test_values_of_every_layout_are_copied_in_parts(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    arrays: dict[str, npt.NDArray[Any]] = {
        "wide": rng.random((3, SLAB // 4), np.float32),
        "long": rng.integers(-9, 9, (SLAB // 2, 5), np.int8),
        "packed": rng.random((100, 70), np.float32).astype(">f4"),
        "scalar": np.array(2.5, np.float16),
        "none": np.zeros((0, 4), np.float64),
    }
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for name, array in arrays.items():
            packing: dict[str, Any] = {"compression": "gzip", "chunks": (7, 30), "shuffle": True}
            file.create_dataset(name, data=array, **packing if name == "packed" else {})
    check_hdf5(tmp_path / "w.h5")
    tracemalloc.start()
    write_canonical(tmp_path / "w.h5", tmp_path / "new.h5")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.1 * SLAB  # one part is read while the last is still there
    with h5py.File(tmp_path / "new.h5") as file:
        for name, array in arrays.items():
            assert file[name].dtype == array.dtype
            assert file[name].chunks is None
            np.testing.assert_array_equal(file[name][()], array)
