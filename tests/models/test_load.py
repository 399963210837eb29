"""tests of models/: each format is really opened, and described as it is."""

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.recognise import recognise
from optimizer.models.summary import ModelSummary
from tests.refused import refused

KERAS = ["keras3", "keras3_h5", "keras2", "keras2_h5"]
SAVED = ["saved3", "saved2"]
OTHERS = ["frozen", "tflite"]
Save = Callable[..., Path]


def open_file(path: Path) -> LoadedModel:
    return LoadedModel(path, recognise(path))


def summarise(path: Path) -> ModelSummary:
    recognised = recognise(path)
    return LoadedModel(path, recognised).summarise("tiny", recognised.version, 1)


@pytest.mark.parametrize("name", KERAS + SAVED + OTHERS)
def test_an_opened_model_predicts_what_the_original_does(
    model_files: dict[str, Path], tiny3: Any, pixels: npt.NDArray[np.uint8], name: str
) -> None:
    x = pixels / np.float32(255)
    [outputs] = open_file(model_files[name]).predict((x,))
    np.testing.assert_allclose(outputs, tiny3.predict_on_batch(x), atol=1e-5)


@pytest.mark.parametrize("name", KERAS)
def test_a_keras_model_is_described(model_files: dict[str, Path], tiny3: Any, name: str) -> None:
    summary = summarise(model_files[name])
    assert [str(spec) for spec in summary.inputs] == ["image: 8 × 8 × 3, float32"]
    assert [spec.shape for spec in summary.outputs] == [(None, 3)]
    assert summary.parameters == tiny3.count_params()
    assert {kind.name: kind.count for kind in summary.layers} == {
        "Conv2D": 1, "BatchNormalization": 2, "ReLU": 2, "DepthwiseConv2D": 1,
        "GlobalAveragePooling2D": 1, "Dense": 2,
    }  # fmt: skip
    assert summary.layer_count == 9
    assert summary.output_activation == "softmax"


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_model_is_described(model_files: dict[str, Path], tiny3: Any, name: str) -> None:
    summary = summarise(model_files[name])
    assert [spec.shape for spec in summary.inputs] == [(None, 8, 8, 3)]
    assert [spec.shape for spec in summary.outputs] == [(None, 3)]
    assert (summary.format, summary.version, summary.layers) == ("SavedModel", "", ())
    assert summary.parameters == tiny3.count_params()


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_layers_of_nested_models_are_counted(saved: Save, library: str) -> None:
    keras: Any = importlib.import_module(library)
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(4)])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inner(inputs)))
    summary = summarise(saved(model, ".keras"))
    assert {kind.name: kind.count for kind in summary.layers} == {"Dense": 3}


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_inputs_and_outputs_keep_the_order_of_the_model(
    saved: Save, library: str, suffix: str
) -> None:
    keras: Any = importlib.import_module(library)
    first, second = keras.Input((5,), name="zeta"), keras.Input((4,), name="alpha")
    heads = [keras.layers.Dense(2, name="z")(first), keras.layers.Dense(3, name="a")(second)]
    summary = summarise(saved(keras.Model([first, second], heads), suffix))
    assert [(spec.name, spec.shape[1:]) for spec in summary.inputs] == [
        ("zeta", (5,)), ("alpha", (4,)),
    ]  # fmt: skip
    assert [spec.shape[1:] for spec in summary.outputs] == [(2,), (3,)]


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_a_model_that_was_never_built_is_refused(saved: Save, library: str) -> None:
    keras: Any = importlib.import_module(library)
    path = saved(keras.Sequential([keras.layers.Dense(2)]), ".keras")
    with refused(ModelError, "never built", "no input shape", "Call it once on real data"):
        open_file(path)


def test_weights_that_do_not_fit_the_layers_are_refused(
    model_files: dict[str, Path], saved: Save, tmp_path: Path
) -> None:
    import zipfile

    import keras

    other = saved(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), ".keras")
    path = tmp_path / "swapped.keras"
    with (
        zipfile.ZipFile(model_files["keras3"]) as source,
        zipfile.ZipFile(other) as another,
        zipfile.ZipFile(path, "w") as target,
    ):
        for name in source.namelist():
            target.writestr(name, (another if name.endswith(".h5") else source).read(name))
    with refused(
        ModelError, "Keras 3 .keras", "cannot rebuild it", "Save the model with that version"
    ):
        open_file(path)


@pytest.mark.parametrize("damage", ["no variables", "truncated graph"])
def test_a_damaged_saved_model_is_refused(
    model_files: dict[str, Path], tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "m"
    shutil.copytree(model_files["saved3"], folder)
    if damage == "no variables":
        shutil.rmtree(folder / "variables")
    else:
        graph = folder / "saved_model.pb"
        graph.write_bytes(graph.read_bytes()[:1000])
    with refused(ModelError, "SavedModel cannot be loaded", "Export it again"):
        open_file(folder)


def test_a_saved_model_without_a_serving_signature_is_refused(tmp_path: Path) -> None:
    import tensorflow as tf

    tf.saved_model.save(tf.Module(), str(tmp_path / "m"))
    with refused(ModelError, "no signature and no function", "model.export(folder)"):
        open_file(tmp_path / "m")


@pytest.mark.parametrize("name", KERAS)
def test_every_format_is_stored_under_the_suffix_its_library_reads(
    model_files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    wrong = tmp_path / "renamed.bin"
    shutil.copyfile(model_files[name], wrong)
    recognised = recognise(wrong)
    stored = recognised.format.store(wrong, recognised, tmp_path / "source")
    assert LoadedModel(stored, recognised).is_keras
    assert recognised.keras == (2 if "2" in name else 3)
