"""tests of hostile files: Keras models, `.keras` and `.h5`, of Keras 3 and Keras 2."""

import importlib
import json
import time
import zipfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.hdf5_links import DEEPEST, check_hdf5
from optimizer.models.open_options import OpenOptions, UndecidedModelError
from tests.hostile.conftest import Opener
from tests.hostile.keras_files import (
    Config,
    lambda_model,
    lambda_node,
    layer,
    plain_model,
    plant,
    save,
    writes,
)
from tests.refused import refused

SUFFIXES = [".keras", ".h5"]


@pytest.fixture(params=["keras", "tf_keras"])
def library(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(request.param)


# ---- control: what these files do when nobody looks ------------------------------------------


@pytest.mark.parametrize("suffix", [".h5", ".hdf5"])
def test_control_keras_2_runs_a_lambda_in_spite_of_safe_mode(tmp_path: Path, suffix: str) -> None:
    import tf_keras

    marker = tmp_path / "marker"
    path = save(lambda_model(tf_keras, marker), tmp_path / f"m{suffix}")
    assert not marker.exists()
    tf_keras.models.load_model(str(path), compile=False, safe_mode=True)
    assert marker.exists()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_control_keras_2_writes_a_file_for_a_function_layer(tmp_path: Path, suffix: str) -> None:
    import tf_keras

    marker = tmp_path / "marker"
    path = writing_function_layer(tmp_path / f"m{suffix}", marker)
    with pytest.raises(AttributeError):  # the function returns no tensor; but it ran
        tf_keras.models.load_model(str(path), compile=False, safe_mode=True)
    assert marker.exists()


def test_control_keras_2_imports_what_a_file_names(tmp_path: Path, module: str) -> None:
    import tf_keras

    path = save(plain_model(tf_keras), tmp_path / "m.keras")
    plant(path, lambda c: c.update(class_name="Thing", module=module, registered_name=None))
    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever comes after the import)
        tf_keras.models.load_model(str(path), compile=False, safe_mode=True)
    (tmp_path / "marker").unlink()


def test_control_keras_2_reads_the_vocabulary_from_any_file(tmp_path: Path) -> None:
    import tf_keras

    secret = tmp_path / "secret"
    secret.write_text("alpha\nbeta\n")
    path = save(looking_up(tf_keras), tmp_path / "m.keras")
    plant(path, lambda c: layer(c, "words")["config"].update(vocabulary=str(secret)))
    model = tf_keras.models.load_model(str(path), compile=False, safe_mode=True)
    assert "alpha" in model.get_layer("words").get_vocabulary()


# ---- Lambda layers ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".hdf5"])
def test_a_lambda_layer(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, suffix: str
) -> None:
    path = save(lambda_model(library, marker), tmp_path / f"m{suffix}")
    marker.unlink(missing_ok=True)
    with refused(UndecidedModelError, "“Lambda”", "not run here", "--trust"):
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("wrapper", ["model", "TimeDistributed", "deep"])
def test_a_lambda_layer_within_another(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, suffix: str, wrapper: str
) -> None:
    if wrapper == "TimeDistributed":
        hidden = library.layers.Lambda(writes(marker), output_shape=(4,))
        inputs = library.Input((3, 4))
        model = library.Model(inputs, library.layers.TimeDistributed(hidden)(inputs))
    else:
        model = lambda_model(library, marker)
        for _ in range(5 if wrapper == "deep" else 1):
            inputs = library.Input((4,))
            x = library.layers.Dense(4)(model(inputs))
            model = library.Model(inputs, x)
    path = save(model, tmp_path / f"m{suffix}")
    marker.unlink(missing_ok=True)
    with refused(UndecidedModelError, "“Lambda”"):
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["keras>Lambda", "Custom>Lambda", "builtins>Lambda"])
def test_a_lambda_layer_under_another_name(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, suffix: str, name: str
) -> None:
    path = save(lambda_model(library, marker), tmp_path / f"m{suffix}")
    marker.unlink(missing_ok=True)

    def rename(config: Config) -> None:
        for node in config["config"]["layers"]:
            if node["class_name"] == "Lambda":
                node["class_name"] = name

    with refused(UndecidedModelError, f"“{name}”"):
        opener(plant(path, rename))


SLOTS = ["activation", "kernel_initializer", "kernel_regularizer", "kernel_constraint",
         "activity_regularizer", "custom_objects"]  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("slot", SLOTS)
def test_a_pickled_function_in_a_slot(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, suffix: str, slot: str
) -> None:
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    node = lambda_node(marker)
    plant(path, lambda c: layer(c, "first")["config"].update({slot: node}))
    with refused(UndecidedModelError, "“__lambda__”"):
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "function", "module": "os", "config": "system", "registered_name": "system"},
        {"class_name": "function", "module": "builtins", "config": "eval"},
        {"class_name": "function", "module": "keras.utils", "config": "get_file"},
        {"class_name": "system", "module": "os", "config": {"command": "true"}},
        {"class_name": "Zeros", "module": "keras.initializers", "config": {},
         "registered_name": "builtins>eval"},
        {"class_name": "Zeros", "module": "hostile_module", "config": {}},
        {"class_name": "Thing", "module": "hostile_module", "config": {}, "registered_name": None},
        {"class_name": "Thing", "module": "keras.hostile", "config": {}, "registered_name": None},
        {"class_name": "__typespec__", "spec_name": "Thing", "module": "hostile_module",
         "registered_name": None, "config": []},
        {"class_name": "Thing", "module": "hostile_module", "config": {}, "shared_object_id": 1},
        *({"class_name": name, "module": "hostile_module", "config": {}, "registered_name": other}
          for name in ("__slice__", "TensorShape", "__tuple__", "__keras_tensor__", "__numpy__")
          for other in (None, "Thing")),
    ],
    ids=lambda node: f"{node['module']}.{node['class_name']}",
)  # fmt: skip
def test_a_foreign_object_in_a_slot(
    library: Any,
    opener: Opener,
    tmp_path: Path,
    marker: Path,
    module: str,
    suffix: str,
    node: Config,
) -> None:
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    plant(path, lambda c: layer(c, "first")["config"].update(kernel_initializer=node))
    with refused(UndecidedModelError, "needs code that is not in its file"):
        opener(path)


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "TFOpLambda", "config": {"function": "math.add"}},
        {"class_name": "Custom>Adam", "config": {}, "registered_name": None},
        {"class_name": "Custom>Adam", "config": {}, "registered_name": ""},
        {"class_name": "function", "config": "Thing", "registered_name": "Custom>Adam"},
    ],
    ids=lambda node: f"{node['class_name']} {node.get('registered_name', '-')!r}",
)
def test_what_is_known_by_one_name_and_lies_elsewhere(
    opener: Opener, tmp_path: Path, marker: Path, module: str, node: Config
) -> None:
    """tf_keras imported the module of each: the check had looked at the other name."""
    import tf_keras

    path = save(plain_model(tf_keras), tmp_path / "m.keras")
    planted = {**node, "module": module}
    plant(path, lambda c: layer(c, "first")["config"].update(kernel_initializer=planted))
    if node["class_name"] == "Custom>Adam":  # Keras's own, which is led to; but no initializer
        expected = refused(ModelError, "“Custom>Adam” as its kernel_initializer", "save the model")
    else:
        expected = refused(UndecidedModelError, "“hostile_module.")
    with expected:
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["__slice__", "TensorShape", "__tuple__", "__keras_tensor__"])
def test_a_plain_value_with_a_module_within_a_layers_argument(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, module: str, suffix: str, name: str
) -> None:
    node = {"class_name": name, "module": module, "config": {}, "registered_name": "Thing"}
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    plant(path, lambda c: layer(c, "first")["config"].update(units=[4, {"deep": [node]}]))
    with refused(UndecidedModelError, "needs code that is not in its file"):
        opener(path)


def test_a_field_of_the_description_that_stands_twice(opener: Opener, tmp_path: Path) -> None:
    import keras

    path = save(plain_model(keras), tmp_path / "m.keras")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["config.json"] = b'{"config": {}, ' + members["config.json"][1:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with refused(ModelError, "it names “config” twice"):
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_foreign_layer(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, module: str, suffix: str
) -> None:
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    plant(path, lambda c: layer(c, "first").update(class_name="Thing", module=module))
    with refused(UndecidedModelError, f"“{module}.Thing”"):
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_foreign_model(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, module: str, suffix: str
) -> None:
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    plant(path, lambda c: c.update(class_name="Thing", module=module, registered_name=None))
    with refused(UndecidedModelError, f"“{module}.Thing”"):
        opener(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("named", ["as older files do", "with its module"])
@pytest.mark.parametrize("kind", ["initializers.GlorotUniform", "optimizers.Adam"])
def test_a_class_of_another_kind_where_a_layer_is_expected(
    library: Any, opener: Opener, tmp_path: Path, suffix: str, named: str, kind: str
) -> None:
    """Without a module it was Keras alone that found no such layer."""
    space, name = kind.split(".")
    path = save(plain_model(library), tmp_path / f"m{suffix}")

    def change(config: Config) -> None:
        node = layer(config, "first")
        node.pop("module", None)
        node.pop("registered_name", None)
        node["class_name"] = name
        if named == "with its module":
            node |= {"module": f"keras.{space}", "registered_name": None}

    with refused(ModelError, f"“{name}” as its layers, which is no layer", "save the model again"):
        opener(plant(path, change))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("module", "name"), [(None, "Zeros"), ("keras.layers", "Dense")])
def test_something_that_is_no_model(
    library: Any, opener: Opener, tmp_path: Path, suffix: str, module: str | None, name: str
) -> None:
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    node: Config = {"class_name": name, "module": module, "registered_name": None, "config": {}}
    plant(path, lambda config: config.update(node))
    with refused(ModelError, f"“{name}”, which is no model", "Save the whole model"):
        opener(path)


# ---- TensorFlow functions between layers -----------------------------------------------------


def writing_function_layer(path: Path, marker: Path) -> Path:
    """A model of Keras 2 whose TFOpLambda layer writes the marker."""
    import tensorflow as tf
    import tf_keras

    inputs = tf_keras.Input((4,), name="given")
    x = tf_keras.layers.Dense(2)(tf.identity(inputs))
    save(tf_keras.Model(inputs, x), path)

    def change(config: Config) -> None:
        [node] = [n for n in config["config"]["layers"] if n["class_name"] == "TFOpLambda"]
        node["config"]["function"] = "io.write_file"
        # Called with constants alone it runs while the model is rebuilt.
        node["inbound_nodes"] = [["_CONSTANT_VALUE", -1, str(marker), {"contents": "x"}]]

    return plant(path, change)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_layer_that_calls_a_function_which_writes_files(
    opener: Opener, tmp_path: Path, marker: Path, suffix: str
) -> None:
    with refused(UndecidedModelError, "“tf.io.write_file”", "not run here"):
        opener(writing_function_layer(tmp_path / f"m{suffix}", marker))


@pytest.mark.parametrize("kind", ["TFOpLambda", "Lambda"])
def test_code_in_a_json_beside_its_weights(
    opener: Opener, tmp_path: Path, marker: Path, kind: str
) -> None:
    import tf_keras

    if kind == "Lambda":
        model = lambda_model(tf_keras, marker)
        described = model.to_json()
    else:
        model = plain_model(tf_keras)
        with h5py.File(writing_function_layer(tmp_path / "w.h5", marker)) as file:
            described = file.attrs["model_config"]
    model.save_weights(str(tmp_path / "m.weights.h5"))
    marker.unlink(missing_ok=True)
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("model.json", described)
        archive.write(tmp_path / "m.weights.h5", "m.weights.h5")
    with refused(UndecidedModelError, "“"):
        opener(tmp_path / "m.zip")


# ---- files of the server ---------------------------------------------------------------------


def looking_up(library: Any) -> Any:
    """A model with a vocabulary."""
    inputs = library.Input((1,), dtype="string")
    words = library.layers.StringLookup(vocabulary=["a", "b"], name="words")(inputs)
    return library.Model(inputs, words)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_vocabulary_from_a_file_of_the_server(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, suffix: str, kind: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("alpha\nbeta\n")
    path = save(plain_model(library), tmp_path / f"m{suffix}")

    def change(config: Config) -> None:
        node = layer(config, "first")
        node["class_name"] = kind
        node["config"] = {"name": "first", "vocabulary": str(secret)}

    with refused(UndecidedModelError, f"reads the file {str(secret)[:40]}"):
        opener(plant(path, change))


@pytest.mark.parametrize("kind", ["link", "storage", "virtual"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_from_a_file_of_the_server(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, suffix: str, kind: str
) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["values"] = np.full((4, 2), 42.0, np.float32)
    path = save(plain_model(library), tmp_path / f"m{suffix}")
    weights = path
    if suffix == ".keras":
        weights = tmp_path / "model.weights.h5"
        with zipfile.ZipFile(path) as archive:
            archive.extract("model.weights.h5", tmp_path)
    replace_kernel(weights, secret, kind)
    if suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            members = {n: archive.read(n) for n in archive.namelist() if n != weights.name}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            archive.write(weights, weights.name)
    with refused(ModelError, "in the HDF5 file", "another file", "into one file"):
        opener(path)


def replace_kernel(weights: Path, secret: Path, kind: str) -> None:
    """Puts what lies in another file in the place of a model's last kernel."""
    with h5py.File(weights, "r+") as file:
        names: list[str] = []
        file.visititems(lambda name, thing: names.append(name) if is_kernel(thing) else None)
        name = names[-1]
        parent, _, last = name.rpartition("/")
        del file[name]
        if kind == "link":
            file[parent][last] = h5py.ExternalLink(str(secret), "values")
        elif kind == "storage":
            file[parent].create_dataset(last, (4, 2), "f4", external=[(str(secret), 0, 32)])
        else:
            layout = h5py.VirtualLayout((4, 2), "f4")
            layout[:] = h5py.VirtualSource(str(secret), "values", shape=(4, 2))
            file[parent].create_virtual_dataset(last, layout)


def is_kernel(thing: object) -> bool:
    return isinstance(thing, h5py.Dataset) and thing.shape == (4, 2)


def test_an_hdf5_file_that_declares_far_more_than_it_holds(
    library: Any, opener: Opener, tmp_path: Path
) -> None:
    path = save(plain_model(library), tmp_path / "m.h5")
    with h5py.File(path, "r+") as file:
        file.create_dataset("model_weights/large", (10**12,), "f4", chunks=(1024,))
    with refused(ModelError, "model_weights/large", "3,725.3 GB", "far more than the file holds"):
        opener(path)


@pytest.mark.parametrize(("deep", "kept"), [(DEEPEST - 1, True), (2_000, False)])
def test_an_hdf5_file_with_groups_in_groups_is_refused_within_a_second(
    tmp_path: Path, deep: int, kept: bool
) -> None:
    import tf_keras

    path = save(plain_model(tf_keras), tmp_path / "m.h5")
    with h5py.File(path, "r+") as file:
        group = file.create_group("deep")
        for _ in range(deep - 1):
            group = group.create_group("g")
    began = time.thread_time()
    with nullcontext() if kept else refused(ModelError, "groups in one another", "Save it again"):
        check_hdf5(path)
    assert time.thread_time() - began < 1


# ---- compiled models -------------------------------------------------------------------------


def test_a_hostile_loss_is_left_out_and_the_model_opens(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, module: str
) -> None:
    model = plain_model(library)
    model.compile("adam", "mse")
    path = save(model, tmp_path / "m.keras")
    own: Config = {"class_name": "Thing", "module": module, "config": {}, "registered_name": None}

    def change(config: Config) -> None:
        config["compile_config"] = {"loss": own, "optimizer": own, "metrics": [lambda_node(marker)]}

    assert opener(plant(path, change)).summary.parameters == model.count_params()


def test_a_hostile_loss_of_a_model_within_a_model(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, module: str
) -> None:
    inner = plain_model(library)
    inner.compile("adam", "mse")
    inputs = library.Input((4,))
    path = save(library.Model(inputs, inner(inputs)), tmp_path / "m.keras")
    own: Config = {"class_name": "Thing", "module": module, "config": {}, "registered_name": None}

    def change(config: Config) -> None:
        layer(config, inner.name)["compile_config"] = {"loss": own, "optimizer": "adam"}

    with refused(UndecidedModelError, f"“{module}.Thing”"):
        opener(plant(path, change))


def test_a_mere_name_as_the_loss_of_a_model_within_a_model_is_left_out(
    library: Any, opener: Opener, tmp_path: Path
) -> None:
    """tf_keras looks it up among all that its own file of losses has, imports included."""
    inner = plain_model(library)
    inner.compile("adam", "mse")
    inputs = library.Input((4,))
    model = library.Model(inputs, inner(inputs))
    path = save(model, tmp_path / "m.keras")

    def change(config: Config) -> None:
        layer(config, inner.name)["compile_config"] = {"loss": "deserialize", "optimizer": "none"}

    assert opener(plant(path, change)).summary.parameters == model.count_params()


def test_a_training_config_of_an_h5_file(
    library: Any, opener: Opener, tmp_path: Path, marker: Path, module: str
) -> None:
    model = plain_model(library)
    model.compile("adam", "mse")
    path = save(model, tmp_path / "m.h5")
    own: Config = {"class_name": "Thing", "module": module, "config": {}, "registered_name": None}
    with h5py.File(path, "r+") as file:
        file.attrs["training_config"] = json.dumps({"loss": own, "optimizer_config": own})
    assert opener(path).summary.parameters == model.count_params()


# ---- what is let through ---------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_arithmetic_between_layers_of_keras_2_opens_and_converts(
    opener: Opener, tmp_path: Path, suffix: str
) -> None:
    import tensorflow as tf
    import tf_keras

    inputs = tf_keras.Input((4, 4))
    x = tf.nn.relu(inputs + tf.transpose(inputs, (0, 2, 1)))[:, 1] * 2.0
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(2)(x))
    record = opener(save(model, tmp_path / f"m{suffix}"))
    assert record.summary.macs == 8
    assert (opener.folder / "model").is_dir()


# ---- trust is real ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_trusted_file_with_a_lambda_layer_opens(
    library: Any, opener: Opener, tmp_path: Path, suffix: str
) -> None:
    inputs = library.Input((4,))
    x = library.layers.Lambda(lambda x: x * 2.0, output_shape=(4,))(inputs)
    model = library.Model(inputs, library.layers.Dense(2)(x))
    path = save(model, tmp_path / f"m{suffix}")
    record = opener(path, OpenOptions(trusted=True))
    assert record.options.trusted
    assert record.summary.parameters == model.count_params()
