"""tests of models/: a file of weights alone is opened with a description, or a network's name."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError, StudyError
from optimizer.face import with_architecture
from optimizer.models.applications import NAMES
from optimizer.models.open_options import OpenOptions, UndecidedModelError
from optimizer.store.study import FLOAT_TFLITE
from optimizer.tasks.open_model import OpenModel, model_digest
from tests.models.opening import run
from tests.refused import refused

X = np.random.default_rng(0).random((2, 6), np.float32)
PICTURES = np.random.default_rng(1).random((1, 64, 64, 3), np.float32)


def opened(source: Path, folder: Path, architecture: Path | None = None, **options: Any) -> Any:
    study = folder / "study"
    study.mkdir(parents=True)
    work = OpenModel(
        out=study, source=source, name="m", options=OpenOptions(**options),
        architecture=architecture,
    )  # fmt: skip
    record = work.run(lambda *_: None)
    assert {path.name for path in study.iterdir()} == {"model"}, "nothing is left beside it"
    return record


def dense(library: Any) -> Any:
    layers = library.layers
    x = inputs = library.Input((6,), name="x")
    for name, width in (("first", 5), ("second", 3)):
        x = layers.Dense(width, "relu", bias_initializer="random_normal", name=name)(x)
    return library.Model(inputs, x)


@pytest.mark.parametrize("form", ["keras", "legacy", "tf_keras", "zipped"])
def test_weights_and_a_description_in_two_files(tmp_path: Path, form: str) -> None:
    import keras
    import tf_keras

    model = dense(tf_keras if form == "tf_keras" else keras)
    (tmp_path / "model.json").write_text(model.to_json())
    weights = tmp_path / ("w.h5" if form == "tf_keras" else "w.weights.h5")
    if form == "legacy":
        import h5py
        from keras.src.legacy.saving import legacy_h5_format

        with h5py.File(weights, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    else:
        model.save_weights(weights)
    source = weights
    if form == "zipped":
        source = tmp_path / "w.zip"
        with zipfile.ZipFile(source, "w") as archive:
            archive.write(weights, "folder/w.weights.h5")
    with pytest.raises(UndecidedModelError, match="--architecture") as asked:
        opened(source, tmp_path / "asked")
    assert asked.value.question.architecture
    record = opened(source, tmp_path, tmp_path / "model.json")
    assert record.summary.format.endswith("model.json with weights")
    assert record.digest == model_digest(source, tmp_path / "model.json", None)
    assert record.digest != model_digest(source)
    [y] = run(tmp_path / "study" / FLOAT_TFLITE, {"x": X})
    np.testing.assert_allclose(y, model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_network_of_keras_is_found_by_the_shapes_of_its_weights(tmp_path: Path) -> None:
    import keras

    kind = keras.applications.MobileNet
    model = kind(weights=None, input_shape=(64, 64, 3), alpha=0.25, classes=7)
    model.save_weights(tmp_path / "m.weights.h5")
    record = _by_name(tmp_path, "MobileNet", {"image": (64, 64, 3)})
    assert record.summary.outputs[0].shape == (None, 7)
    [y] = run(tmp_path / "study" / FLOAT_TFLITE, {"image": PICTURES})
    np.testing.assert_allclose(y, model.predict(PICTURES, verbose=0), rtol=1e-3, atol=1e-5)
    with refused(ModelError, "not those of ResNet50", "arrays are not in the file", "Choose"):
        _by_name(tmp_path / "other", "ResNet50", {}, tmp_path / "m.weights.h5")


@pytest.mark.slow
def test_a_body_without_a_head_asks_for_its_size(tmp_path: Path) -> None:
    import keras

    model = keras.applications.MobileNetV2(
        weights=None, input_shape=(64, 64, 1), alpha=0.35, include_top=False
    )
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(UndecidedModelError) as asked:
        _by_name(tmp_path / "asked", "MobileNetV2", {}, tmp_path / "m.weights.h5")
    assert asked.value.question.open_inputs[0].shape == (None, None, None, 1)


def _by_name(folder: Path, name: str, sizes: Any, weights: Path | None = None) -> Any:
    folder.mkdir(exist_ok=True)
    study = folder / "study"
    study.mkdir()
    options = OpenOptions(architecture=name, sizes=sizes)
    source = weights or folder / "m.weights.h5"
    return OpenModel(out=study, source=source, name="m", options=options).run(lambda *_: None)


def test_every_name_is_one_of_keras() -> None:
    import keras

    functions = {name for name, thing in vars(keras.applications).items() if callable(thing)}
    assert functions == set(NAMES)


def test_what_is_no_description(tmp_path: Path) -> None:
    import keras

    dense(keras).save_weights(tmp_path / "w.weights.h5")
    (tmp_path / "a.json").write_text('{"layers": []}')
    with refused(ModelError, "a.json does not describe a Keras model", "model.to_json()"):
        opened(tmp_path / "w.weights.h5", tmp_path, tmp_path / "a.json")


def test_a_description_beside_a_whole_model(tmp_path: Path) -> None:
    import keras

    model = dense(keras)
    model.save(tmp_path / "m.h5")
    (tmp_path / "a.json").write_text(model.to_json())
    with refused(ModelError, "a whole model", "without an architecture"):
        opened(tmp_path / "m.h5", tmp_path, tmp_path / "a.json")


def test_an_architecture_is_a_file_or_a_name(tmp_path: Path) -> None:
    (tmp_path / "VGG.json").write_text("{}")
    assert with_architecture(OpenOptions(), "VGG16") == (OpenOptions(architecture="VGG16"), None)
    file = tmp_path / "VGG.json"
    assert with_architecture(OpenOptions(), str(file)) == (OpenOptions(), file)
    with refused(StudyError, "“VGG17” is neither", "VGG16"):
        with_architecture(OpenOptions(), "VGG17")
