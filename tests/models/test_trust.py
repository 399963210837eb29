"""tests of models/: code in a model file never runs, and ordinary models are let through."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import pytest

from optimizer.errors import ModelError
from optimizer.models.formats import recognise
from optimizer.models.load import LoadedModel
from optimizer.models.trust import check
from tests.refused import refused

Save = Callable[..., Path]
ADVICE = "Replace it by layers that Keras ships"


@pytest.fixture(params=["keras", "tf_keras"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    """A file that the code in a model would make; it must never be there."""
    path = tmp_path / "marker"
    yield path
    assert not path.exists()


def open_file(path: Path) -> LoadedModel:
    return LoadedModel(path, recognise(path))


def touching(library: Any, marker: Path) -> Any:
    """A model with a Lambda layer that makes the marker when it is called."""
    target = str(marker)

    def touch(x: Any) -> Any:
        Path(target).touch()
        return x

    inputs = library.Input((4,))
    x = library.layers.Lambda(touch, output_shape=(4,))(inputs)
    model = library.Model(inputs, library.layers.Dense(2)(x))
    marker.unlink(missing_ok=True)
    return model


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("nested", [False, True], ids=["plain", "nested"])
def test_a_lambda_layer_is_refused_and_does_not_run(
    library: Any, saved: Save, marker: Path, suffix: str, nested: bool
) -> None:
    model = touching(library, marker)
    if nested:
        inputs = library.Input((4,))
        model = library.Model(inputs, library.layers.Dense(2)(model(inputs)))
    path = saved(model, suffix)
    marker.unlink(missing_ok=True)
    with refused(ModelError, "“Lambda”", "not run here", ADVICE):
        open_file(path)


def test_the_lambda_of_these_tests_would_run_if_keras_were_asked(
    saved: Save, tmp_path: Path
) -> None:
    import tf_keras

    marker = tmp_path / "marker"
    path = saved(touching(tf_keras, marker), ".h5")
    assert not marker.exists()
    tf_keras.models.load_model(str(path), compile=False, safe_mode=True)
    assert marker.exists()


def test_a_tensorflow_function_that_writes_a_file_is_refused(saved: Save, marker: Path) -> None:
    import tensorflow as tf
    import tf_keras

    inputs = tf_keras.Input((4,))
    path = saved(tf_keras.Model(inputs, tf.identity(inputs)), ".h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layer = config["config"]["layers"][1]
        assert layer["class_name"] == "TFOpLambda"
        layer["config"]["function"] = "io.write_file"
        layer["inbound_nodes"] = [["input_1", 0, 0, {"filename": str(marker), "contents": "x"}]]
        file.attrs["model_config"] = json.dumps(config)
    with refused(ModelError, "“TFOpLambda”", ADVICE):
        open_file(path)


def test_a_class_that_the_user_registered_is_refused_by_its_name(library: Any, saved: Save) -> None:
    class Swirl(library.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    registry = getattr(library, "saving", None) or library.utils
    registered = registry.register_keras_serializable("studio")(Swirl)
    inputs = library.Input((4,))
    path = saved(library.Model(inputs, registered()(inputs)), ".keras")
    try:
        with refused(ModelError, "Swirl”", ADVICE):
            open_file(path)
    finally:
        registry.get_custom_objects().pop("studio>Swirl")  # clear() would forget the bridge's own


@pytest.mark.parametrize("name", ["TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"])
def test_layers_that_run_what_lies_elsewhere_are_refused(name: str) -> None:
    import keras

    node: dict[str, object] = {
        "module": "keras.layers",
        "class_name": name,
        "config": {},
        "registered_name": None,
    }
    with refused(ModelError, f"“{name}”"):
        check({"class_name": "Sequential", "config": {"layers": [node]}}, keras)


@pytest.mark.parametrize(
    ("name", "module"),
    [("Popen", "subprocess"), ("Dense", "my_package.layers"), ("function", "keras.utils"),
     ("__lambda__", None), ("Custom>Lambda", None)],
)  # fmt: skip
@pytest.mark.parametrize("where", ["layer", "initializer in a layer", "list in a call"])
def test_foreign_code_is_found_wherever_it_stands(
    library: Any, name: str, module: str | None, where: str
) -> None:
    bad: object = {"class_name": name, "module": module, "config": {}}
    if where != "layer":
        inside = {"kernel_initializer": bad} if "initializer" in where else {"args": [[[bad]]]}
        bad = {"class_name": "Dense", "config": inside}
    with pytest.raises(ModelError, match="code of its own"):
        check({"class_name": "Sequential", "config": {"layers": [bad]}}, library)


# ---- what is let through ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["keras3", "keras3_h5", "keras2", "keras2_h5"])
def test_an_ordinary_model_is_let_through(model_files: dict[str, Path], name: str) -> None:
    open_file(model_files[name])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_model_inside_a_model_is_let_through(library: Any, saved: Save, suffix: str) -> None:
    layers = library.layers
    inner = library.Sequential([library.Input((4,)), layers.Dense(4, "relu", name="inner")])
    inputs = library.Input((4,))
    model = library.Model(inputs, layers.Dense(2)(inner(inputs)))
    assert open_file(saved(model, suffix)).model.count_params() == model.count_params()


def test_a_compiled_model_with_the_users_own_loss_is_let_through(library: Any, saved: Save) -> None:
    """Loss and metrics are not needed for converting, so they are never rebuilt."""
    model = library.Sequential([library.Input((4,)), library.layers.Dense(2)])
    model.compile("adam", loss=lambda y, p: p - y, metrics=["accuracy"])
    open_file(saved(model, ".h5"))


def test_arithmetic_between_layers_is_let_through_in_keras_3(saved: Save) -> None:
    import keras

    inputs = keras.Input((4,))
    x = keras.layers.Dense(4, kernel_regularizer="l2")(inputs)
    model = keras.Model(inputs, keras.ops.sin(x + inputs) / 2.0)
    open_file(saved(model, ".keras"))


def test_a_saved_model_that_writes_files_is_refused_before_it_runs(tmp_path: Path) -> None:
    import tensorflow as tf

    marker = tmp_path / "written"

    class Writer(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])
        def serve(self, x: Any) -> Any:
            tf.io.write_file(str(marker), "ran")
            return {"y": x + 1.0}

    module = Writer()
    tf.saved_model.save(module, tmp_path / "model", signatures={"serving_default": module.serve})
    with pytest.raises(ModelError, match="WriteFile"):
        LoadedModel(tmp_path / "model", recognise(tmp_path / "model"))
    assert not marker.exists()
