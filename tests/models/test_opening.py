"""tests of models/: every file that a user may bring becomes a .tflite that agrees with it."""

import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.recognise import recognise
from optimizer.store.records import ModelRecord
from optimizer.store.study import FLOAT_TFLITE
from tests.archives import zip_files, zip_folder
from tests.levels import some
from tests.models.opening import opened, run
from tests.refused import refused

Save = Callable[..., Path]
EVERY = ["keras3", "keras3_h5", "keras2", "keras2_h5", "saved3", "saved2", "json3", "json2",
         "frozen", "tflite"]  # fmt: skip
FILES = [name for name in EVERY if not name.startswith("saved")]


@pytest.fixture
def x(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return (pixels[:8] / np.float32(255)).astype(np.float32)


@dataclass(frozen=True)
class Opened:
    """A format, what its file was opened to, and where."""

    name: str
    record: ModelRecord
    study: Path


@pytest.fixture(scope="module", params=EVERY)
def format_(
    request: pytest.FixtureRequest,
    model_files: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Opened:
    """Each format, opened once for all tests that ask for it."""
    folder = tmp_path_factory.mktemp(request.param)
    record = opened(model_files[request.param], folder)
    return Opened(request.param, record, folder / "study")


def test_each_format_is_opened_converted_and_opened_again(
    format_: Opened, tiny3: Any, x: npt.NDArray[np.float32]
) -> None:
    record, study = format_.record, format_.study
    expected = tiny3.predict_on_batch(x)
    [spec] = record.summary.inputs
    [outputs] = run(study / FLOAT_TFLITE, {spec.name: x})
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    stored = study / record.file
    [again] = LoadedModel(stored, recognise(stored), record.options).predict((x,))
    np.testing.assert_allclose(again, expected, atol=1e-5)
    assert (record.saved_model is None) == (format_.name == "tflite")
    assert record.summary.parameters == pytest.approx(tiny3.count_params(), abs=64)


def test_what_can_be_trained_is_said_for_each_format(format_: Opened) -> None:
    reason = format_.record.summary.untrainable
    expected = {
        "saved3": "no Keras layers to train. Upload the .keras",
        "frozen": "A frozen graph has no Keras layers to train",
        "tflite": "A .tflite has no Keras layers to train",
    }
    assert (reason is None) == (format_.name not in expected)
    assert expected.get(format_.name, "") in (reason or "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["keras2_h5", "json2", "frozen", "tflite", "saved3"])
def test_a_study_does_not_change_with_the_file_that_it_was_made_from(
    model_files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    source = tmp_path / "mine"
    if model_files[name].is_dir():
        shutil.copytree(model_files[name], source)
    else:
        shutil.copyfile(model_files[name], source)
    record = opened(source, tmp_path)
    for file in [source] if source.is_file() else source.rglob("*.*"):
        if file.is_file():
            file.write_bytes(b"overwritten")
    stored = tmp_path / "study" / record.file
    again = LoadedModel(stored, recognise(stored)).summarise("mine", "", 1)
    assert again.inputs == record.summary.inputs
    assert again.parameters == record.summary.parameters


def test_an_upload_that_nobody_may_change_is_not_copied(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    source = tmp_path / "upload"
    shutil.copyfile(model_files["keras3"], source)
    source.chmod(0o444)
    record = opened(source, tmp_path)
    assert (tmp_path / "study" / record.file).stat().st_ino == source.stat().st_ino


# ---- zips and folders ------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", some(["", "my model/"], quick=["my model/"]))
@pytest.mark.parametrize(
    "name",
    some([name for name in FILES if not name.startswith("json")], quick=["keras3", "keras2_h5"]),
)
def test_a_zip_of_one_model_file_opens_as_that_file(
    model_files: dict[str, Path], tmp_path: Path, name: str, prefix: str
) -> None:
    members = {
        f"{prefix}{model_files[name].name}": model_files[name].read_bytes(),
        f"{prefix}README.txt": b"how I made it",
        f"__MACOSX/{prefix}._{model_files[name].name}": b"\0\5\x16\7",
        f"{prefix}.DS_Store": b"\0",
    }
    record = opened(zip_files(members, tmp_path / "m.zip"), tmp_path)
    assert record.summary.format == recognise(model_files[name]).title


@pytest.mark.parametrize(
    "name",
    some(["keras3", "keras2_h5", "frozen", "tflite", "json2"], quick=["keras3", "tflite", "json2"]),
)
def test_a_folder_of_one_model_opens_as_that_model(
    model_files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    if name == "json2":
        with zipfile.ZipFile(model_files[name]) as archive:
            archive.extractall(folder)
    else:
        shutil.copyfile(model_files[name], folder / "model")
    (folder / "notes.txt").write_text("how I made it")
    record = opened(folder, tmp_path)
    assert record.summary.format == recognise(model_files[name]).title


@pytest.mark.parametrize(
    "prefix", some(["", "tiny/", "models/tiny/", "models\\tiny\\"], quick=["models\\tiny\\"])
)
@pytest.mark.parametrize("name", some(["saved2", "saved3"], quick=["saved3"]))
def test_a_zipped_saved_model_is_opened_at_any_depth(
    model_files: dict[str, Path], tmp_path: Path, name: str, prefix: str
) -> None:
    record = opened(zip_folder(model_files[name], tmp_path / "m.zip", prefix), tmp_path)
    assert record.summary.format == "SavedModel"


def test_a_saved_model_deep_in_a_folder_is_found(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(model_files["saved3"], tmp_path / "mine" / "models" / "tiny")
    assert opened(tmp_path / "mine", tmp_path).summary.format == "SavedModel"


def test_a_zip_of_several_models_says_which_it_found(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    members = {name: model_files[name].read_bytes() for name in ("keras3", "tflite")}
    with refused(ModelError, "holds 2 models (keras3, tflite)", "Leave only the one"):
        opened(zip_files(members, tmp_path / "m.zip"), tmp_path)


def test_a_zip_in_a_zip_is_asked_for_by_itself(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    inner = zip_folder(model_files["saved3"], tmp_path / "inner.zip")
    outer = zip_files({"inner.zip": inner.read_bytes()}, tmp_path / "outer.zip")
    with refused(ModelError, "another zip, “inner.zip”", "Upload that by itself"):
        opened(outer, tmp_path)


# ---- a description with its weights ----------------------------------------------------------


@pytest.mark.parametrize(
    "weights",
    some(["model.weights.h5", "final.hdf5", "deep/weights.h5"], quick=["deep/weights.h5"]),
)
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_a_model_json_is_opened_with_the_weights_beside_it(
    tiny3: Any, tiny2: Any, x: npt.NDArray[np.float32], tmp_path: Path, library: str, weights: str
) -> None:
    model = tiny3 if library == "keras" else tiny2
    model.save_weights(str(tmp_path / "x.weights.h5"))
    content = (tmp_path / "x.weights.h5").read_bytes()
    members = {"architecture.json": model.to_json().encode(), weights: content}
    opened(zip_files(members, tmp_path / "m.zip"), tmp_path)
    [spec_outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {"image": x})
    np.testing.assert_allclose(spec_outputs, tiny3.predict_on_batch(x), atol=1e-5)


def test_weights_in_the_older_layout_of_keras_2_are_read(
    tiny2: Any, tiny3: Any, x: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    tiny2.save_weights(str(tmp_path / "old.h5"))
    members = {
        "model.json": tiny2.to_json().encode(),
        "old.h5": (tmp_path / "old.h5").read_bytes(),
        "labels.json": b'{"0": "cat"}',
    }
    opened(zip_files(members, tmp_path / "m.zip"), tmp_path)
    [outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {"image": x})
    np.testing.assert_allclose(outputs, tiny3.predict_on_batch(x), atol=1e-5)


def test_a_whole_model_beside_its_description_is_opened_by_itself(
    tiny2: Any, model_files: dict[str, Path], tmp_path: Path
) -> None:
    members = {
        "model.json": tiny2.to_json().encode(),
        "model.h5": model_files["keras2_h5"].read_bytes(),
    }
    record = opened(zip_files(members, tmp_path / "m.zip"), tmp_path)
    assert record.summary.format == "Keras 2 .h5"


def test_weights_of_another_model_are_refused(tiny2: Any, tmp_path: Path) -> None:
    import tf_keras

    other = tf_keras.Sequential([tf_keras.Input((4,)), tf_keras.layers.Dense(2)])
    other.save_weights(str(tmp_path / "other.weights.h5"))
    members = {
        "model.json": tiny2.to_json().encode(),
        "other.weights.h5": (tmp_path / "other.weights.h5").read_bytes(),
    }
    with refused(ModelError, "Keras 2 model.json with weights", "cannot rebuild it"):
        opened(zip_files(members, tmp_path / "m.zip"), tmp_path)


def test_a_model_json_by_itself_says_what_is_missing(tiny3: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(tiny3.to_json())
    with refused(ModelError, "description without its weights", "zip both"):
        opened(path, tmp_path)


def test_several_files_of_weights_are_named(tiny3: Any, tmp_path: Path) -> None:
    tiny3.save_weights(str(tmp_path / "x.weights.h5"))
    content = (tmp_path / "x.weights.h5").read_bytes()
    members = {"m.json": tiny3.to_json().encode(), "epoch1.h5": content, "epoch2.h5": content}
    with refused(ModelError, "several files of weights (epoch1.h5, epoch2.h5)", "Leave only"):
        opened(zip_files(members, tmp_path / "m.zip"), tmp_path)


# ---- old files of Keras 2 --------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [{"lr": 0.01, "decay": 1e-6}, {"momentum": 0.9, "lr": 0.1}])
def test_an_hdf5_file_with_an_optimizer_that_keras_knows_no_more_is_opened(
    tiny2: Any, tmp_path: Path, optimizer: dict[str, float]
) -> None:
    import json

    import h5py
    import tf_keras

    model = tf_keras.models.clone_model(tiny2)
    model.compile("sgd", "categorical_crossentropy")
    path = tmp_path / "old.hdf5"
    model.save(path, save_format="h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["training_config"])
        config["optimizer_config"] = {"class_name": "SGDOfOld", "config": optimizer}
        file.attrs["training_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.2.4"
    record = opened(path, tmp_path)
    assert record.summary.version == "2.2.4"
    assert record.summary.loss is not None
    assert record.summary.loss.name == "categorical_crossentropy"
    assert "DepthwiseConv2D" in {kind.name for kind in record.summary.layers}


# ---- refusals --------------------------------------------------------------------------------


def test_the_saved_model_pb_alone_asks_for_its_folder(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    with refused(ModelError, "without the variables beside it", "whole folder: zip it"):
        opened(model_files["saved3"] / "saved_model.pb", tmp_path)


def test_a_damaged_frozen_graph_is_refused(model_files: dict[str, Path], tmp_path: Path) -> None:
    content = bytearray(model_files["frozen"].read_bytes())
    content[40:400] = b"\xff" * 360
    path = tmp_path / "damaged.pb"
    path.write_bytes(content)
    with refused(ModelError):
        opened(path, tmp_path)


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_folder_or_zip_is_refused(tmp_path: Path, count: int) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    source = zip_files({}, tmp_path / "m.zip") if count else folder
    with refused(
        ModelError,
        "holds no model (found: nothing)",
        "Expected a .keras file of Keras 2 or 3, an .h5",
    ):
        opened(source, tmp_path)


def test_a_folder_that_is_no_models_is_not_searched_for_ever(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    for number in range(10_001):
        os.close(os.open(folder / str(number), os.O_CREAT))
    with refused(ModelError, "more than 10,000 files", "Choose the model's own folder"):
        recognise(folder)
