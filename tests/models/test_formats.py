"""tests of models/: a file is told by its content, and a wrong one is refused in words."""

import shutil
import stat
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.models.formats import MODEL_FORMATS
from optimizer.models.open_options import UndecidedModelError
from optimizer.models.recognise import recognise
from tests.archives import declare_size, unpack, zip_folder
from tests.refused import refused

FORMATS = {
    "keras3": "Keras 3 .keras",
    "keras3_h5": "Keras 3 .h5",
    "keras2": "Keras 2 .keras",
    "keras2_h5": "Keras 2 .h5",
    "saved3": "SavedModel",
    "saved2": "SavedModel",
    "json3": "Keras 3 model.json with weights",
    "json2": "Keras 2 model.json with weights",
    "frozen": "TensorFlow 1 frozen graph .pb",
    "tflite": ".tflite",
}
SINGLE_FILES = [name for name in FORMATS if not name.startswith("saved")]
WHOLE = [name for name in SINGLE_FILES if name.startswith("keras")]
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


# ---- what can be opened ----------------------------------------------------------------------


def test_there_is_a_model_here_of_every_form(model_files: dict[str, Path]) -> None:
    assert {recognise(path).format.title for path in model_files.values()} == set(MODEL_FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_recognised(model_files: dict[str, Path], name: str) -> None:
    assert recognise(model_files[name]).title == FORMATS[name]


@pytest.mark.parametrize("name", SINGLE_FILES)
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".zip", ".txt", ""])
def test_the_name_of_a_file_does_not_matter(
    model_files: dict[str, Path], tmp_path: Path, name: str, suffix: str
) -> None:
    renamed = tmp_path / f"anything{suffix}"
    shutil.copyfile(model_files[name], renamed)
    assert recognise(renamed).title == FORMATS[name]


@pytest.mark.parametrize("name", WHOLE)
def test_the_version_that_wrote_a_file_is_told(model_files: dict[str, Path], name: str) -> None:
    import keras
    import tf_keras

    writer = tf_keras if "keras2" in name else keras
    assert recognise(model_files[name]).version == writer.__version__


@pytest.mark.parametrize("prefix", ["", "my_model/", "outer/my_model/"])
@pytest.mark.parametrize("name", ["saved2", "saved3"])
def test_a_zipped_saved_model_is_found_at_any_depth(
    model_files: dict[str, Path], tmp_path: Path, name: str, prefix: str
) -> None:
    recognised = recognise(zip_folder(model_files[name], tmp_path / "m.zip", prefix))
    assert (recognised.title, recognised.root) == ("SavedModel", prefix)


def test_unpacking_gives_back_the_files(model_files: dict[str, Path], tmp_path: Path) -> None:
    unpack(zip_folder(model_files["saved3"], tmp_path / "m.zip", "deep/"), tmp_path / "out")
    for file in model_files["saved3"].rglob("*.*"):
        again = tmp_path / "out" / "deep" / file.relative_to(model_files["saved3"])
        assert again.read_bytes() == file.read_bytes()


# ---- what is no model ------------------------------------------------------------------------


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.touch()
    with refused(
        ModelError, "empty (0 bytes)", "Upload a .keras file of Keras 2 or 3, an .h5 file"
    ):
        recognise(path)


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", [name for name in SINGLE_FILES if name != "tflite"])
def test_a_truncated_file(
    model_files: dict[str, Path], tmp_path: Path, name: str, kept: float
) -> None:
    content = model_files[name].read_bytes()
    path = tmp_path / model_files[name].name
    path.write_bytes(content[: int(kept * len(content))])
    with refused(ModelError, "damaged or incomplete", "Save or upload the model again"):
        recognise(path)


@pytest.mark.parametrize("name", [name for name in SINGLE_FILES if name != "tflite"])
def test_a_file_that_lacks_its_last_byte(
    model_files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(model_files[name].read_bytes()[:-1])
    with refused(ModelError, "damaged or incomplete"):
        recognise(path)


@pytest.mark.parametrize(
    "content", [b"layers: 3\n", PNG, b"\0" * 64, b"x"], ids=["text", "png", "zeros", "one byte"]
)
@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.zip"])
def test_another_file_renamed_to_a_model(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with refused(ModelError, "not a model file", content[:8].hex(" "), "Upload a .keras"):
        recognise(path)


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_a_file_of_weights_only(tiny3: Any, tiny2: Any, tmp_path: Path, library: str) -> None:
    path = tmp_path / "tiny.weights.h5"
    (tiny3 if library == "keras" else tiny2).save_weights(str(path))
    with refused(UndecidedModelError, "only a model's weights", "model.save('model.keras')"):
        recognise(path)


def test_an_hdf5_file_without_a_model(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["images"] = np.zeros(3)
    with refused(ModelError, "no Keras model", "Save the whole model"):
        recognise(tmp_path / "data.h5")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with refused(ModelError, "folder holds no model (found: notes.txt)", "Expected a .keras"):
        recognise(tmp_path)


# ---- zips that are damaged or hostile --------------------------------------------------------


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("members", [{}, {"holiday.jpg": b"x", "notes.txt": b"y"}],
                         ids=["empty", "photos"])  # fmt: skip
def test_a_zip_without_a_model(tmp_path: Path, members: dict[str, bytes]) -> None:
    found = ", ".join(members) or "nothing"
    with refused(ModelError, f"no model (found: {found})", "Expected a .keras file"):
        recognise(write_zip(tmp_path / "m.zip", members))


@pytest.mark.parametrize(
    "name", ["../outside", "a/../../outside", "/etc/outside", "..\\outside", "C:\\outside"]
)
def test_a_zip_whose_paths_lead_out_of_it(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "m.zip", {"saved_model.pb": b"", name: b"x"})
    with refused(ModelError, name, "leads out of its own folder", "Zip the model's folder again"):
        recognise(path)
    with refused(ModelError, name):
        unpack(path, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("*outside*"))


def test_a_zip_with_a_link(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("variables")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("saved_model.pb", b"")
        archive.writestr(link, "/etc")
    with refused(ModelError, "“variables”", "is a link"):
        recognise(tmp_path / "m.zip")
    with refused(ModelError, "is a link"):
        unpack(tmp_path / "m.zip", tmp_path / "out")


@pytest.mark.parametrize("model", ["saved model", "keras"])
def test_ten_gigabytes_of_zeros(model_files: dict[str, Path], tmp_path: Path, model: str) -> None:
    path = tmp_path / "m.zip"
    if model == "keras":
        shutil.copyfile(model_files["keras3"], path)
    else:
        zip_folder(model_files["saved3"], path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2**20))
    declare_size(path, "zeros", 10 * 2**30)
    with refused(ModelError, "unpacks to 10.0 GB", "at most 4 GB"):
        recognise(path)
    with refused(ModelError, "unpacks to 10.0 GB"):
        unpack(path, tmp_path / "out")


def test_a_member_larger_than_it_declares_fills_no_memory_and_no_disk(tmp_path: Path) -> None:
    declared, actual = 1_000, 64 * 2**20
    path = write_zip(tmp_path / "m.zip", {"saved_model.pb": bytes(actual)})
    declare_size(path, "saved_model.pb", declared)
    tracemalloc.start()
    try:
        with refused(ModelError, "“saved_model.pb”", "cannot be unpacked"):
            unpack(path, tmp_path / "out")
        assert tracemalloc.get_traced_memory()[1] < actual / 4
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out" / "saved_model.pb").stat().st_size <= declared


def test_a_zip_of_too_many_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        for number in range(MODEL.members + 1):
            archive.writestr(str(number), b"")
    with refused(ModelError, "10,001 files", "at most 10,000"):
        recognise(tmp_path / "m.zip")


@pytest.mark.parametrize("text", [b"not json", b"[1, 2]", b"\xff\xfe", b"[" * 100_000],
                         ids=["text", "list", "bytes", "deep"])  # fmt: skip
def test_a_keras_file_with_a_broken_description(tmp_path: Path, text: bytes) -> None:
    members = {"metadata.json": b'{"keras_version": "3.15.1"}', "config.json": text}
    with refused(ModelError, "“config.json”", "not"):
        recognise(write_zip(tmp_path / "m.keras", members))


@pytest.mark.parametrize("kind", ["keras3", "saved3"])
def test_a_zip_with_one_wrong_byte_is_opened_or_refused_but_never_crashes(
    model_files: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "m.zip"
    if kind == "keras3":
        with zipfile.ZipFile(model_files[kind]) as source:
            members = {name: source.read(name) for name in source.namelist()}
    else:
        files = [file for file in model_files[kind].rglob("*") if file.is_file()]
        members = {str(file.relative_to(model_files[kind])): file.read_bytes() for file in files}
    content = bytearray(write_zip(path, members).read_bytes())
    rng = np.random.default_rng(0)
    refusals = 0
    for position in rng.integers(4, len(content), 300):
        wrong = content.copy()
        wrong[position] ^= int(rng.integers(1, 256))
        path.write_bytes(wrong)
        try:
            recognise(path)
            unpack(path, tmp_path / "out")
        except ModelError:
            refusals += 1
        finally:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert refusals > 0
