"""tests of models/: code in a model file never runs, and ordinary models are let through."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.open_options import OpenOptions, UndecidedModelError
from optimizer.models.packages import VARIABLE, register
from optimizer.models.recognise import recognise
from optimizer.models.trust import check, check_operators
from tests.levels import some
from tests.refused import refused

Save = Callable[..., Path]
ADVICE = "Replace it by layers that Keras ships"


@pytest.fixture(params=["keras", "tf_keras"])
def library(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(request.param)


def open_file(path: Path, options: OpenOptions = OpenOptions()) -> LoadedModel:  # noqa: B008 (frozen)
    return LoadedModel(path, recognise(path), options)


def parameters(model: LoadedModel) -> int | None:
    return model.summarise("m", "", 1).parameters


def with_layer(layer: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"layers": [layer]}}


# ---- what is refused -------------------------------------------------------------------------


def test_a_class_that_the_user_registered_is_refused_by_its_name(library: Any, saved: Save) -> None:
    class Swirl(library.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    registry = getattr(library, "saving", None) or library.utils
    registered = registry.register_keras_serializable("studio")(Swirl)
    inputs = library.Input((4,))
    path = saved(library.Model(inputs, registered()(inputs)), ".keras")
    try:
        with refused(
            UndecidedModelError, "“studio>Swirl”", "not in its file", VARIABLE, "SavedModel"
        ):
            open_file(path)
        with refused(UndecidedModelError, "“studio>Swirl”"):  # to trust the file does not help
            open_file(path, OpenOptions(trusted=True))
    finally:
        registry.get_custom_objects().pop("studio>Swirl")  # clear() would forget the bridge's own


@pytest.mark.parametrize("name", ["TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"])
def test_layers_that_run_what_lies_elsewhere_are_refused(name: str) -> None:
    import keras

    node: dict[str, Any] = {
        "module": "keras.layers",
        "class_name": name,
        "config": {},
        "registered_name": None,
    }
    with refused(UndecidedModelError, f"“{name}”", ADVICE, "--trust"):
        check(with_layer(node), keras)


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "Popen", "module": "subprocess"},
        {"class_name": "Dense", "module": "my_package.layers"},
        {"class_name": "Dense", "module": "keras_evil.layers"},
        {"class_name": "Dense", "module": ["keras"]},
        {"class_name": "Dense", "registered_name": "builtins>eval"},
        {"class_name": ["Dense"]},
        {"class_name": {"class_name": "__bytes__", "value": "Lambda"}},
        {"class_name": "function", "module": "keras.utils", "config": "get_file"},
        {"class_name": "function", "module": "os", "config": "system"},
        {"class_name": "function", "module": "builtins", "config": "eval"},
        {"class_name": "function", "module": "builtins", "config": ["relu"]},
        {"class_name": "__typespec__", "spec_name": "system", "module": "os", "config": ["id"]},
        {"class_name": "TypeSpec", "type_spec": "tf.NoneTensorSpec", "serialized": []},
        {"class_name": "CompositeTensor", "spec": {}, "tensors": []},
        {"class_name": "DenseFeatures", "config": {}},
        {"class_name": "Map", "module": "keras.src.ops.core", "config": {}},
        {"class_name": "get_file", "module": "keras.utils", "config": {}},
        {"class_name": "liteweigh>Operation", "config": {"function": "tf.math.add"}},
    ],
    ids=lambda node: f"{node.get('module')}.{str(node['class_name'])[:20]}",
)
@pytest.mark.parametrize("where", ["layer", "initializer in a layer", "list in a call"])
def test_foreign_code_is_found_wherever_it_stands(
    library: Any, node: dict[str, Any], where: str
) -> None:
    bad: object = {"config": {}, **node}
    if where != "layer":
        inside = {"kernel_initializer": bad} if "initializer" in where else {"args": [[[bad]]]}
        bad = {"class_name": "Dense", "config": inside}
    with refused(UndecidedModelError, "needs code that is not in its file"):
        check(with_layer(bad), library)


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "Lambda"},
        {"class_name": "keras>Lambda"},
        {"class_name": "Custom>Lambda"},
        {"class_name": "Dense", "registered_name": "keras>Lambda"},
        {"class_name": "__lambda__", "config": {"value": "4wAAAA=="}},
        {"class_name": "ClassMethod", "config": {"cls_ref": "tf.io", "method_name": "write_file"}},
        {"class_name": "InstanceMethod", "config": {"attr_name": "eval"}},
        {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}},
        {"class_name": "TFOpLambda", "config": {"function": "raw_ops.WriteFile"}},
        {"class_name": "TFOpLambda", "config": {"function": "math.add.__globals__"}},
        {"class_name": "TFOpLambda", "config": {"function": "py_function"}},
        {"class_name": "TFOpLambda", "config": {"function": "numpy_function"}},
        {"class_name": "TFOpLambda", "config": {"function": "load_op_library"}},
        {"class_name": "TFOpLambda", "config": {"function": "saved_model.load"}},
        {"class_name": "TFOpLambda", "config": {"function": "keras.utils.get_file"}},
        {"class_name": "TFOpLambda", "config": {"function": "map_fn"}},
        {"class_name": "TFOpLambda", "config": {"function": ["math.add"]}},
        {"class_name": "SlicingOpLambda", "config": {}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": {"op": "WriteFile"}}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": "\n\u0001f\u0012\tWriteFile"}},
        {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    ],
    ids=lambda node: f"{node['class_name']} {str(node.get('config'))[:40]}",
)
def test_code_that_the_user_may_trust_is_asked_for(library: Any, node: dict[str, Any]) -> None:
    config = with_layer({"config": {}, **node})
    with refused(UndecidedModelError, "code of its own", "not run here", ADVICE, "--trust"):
        check(config, library)
    check(config, library, trusted=True)


def test_the_question_names_the_code() -> None:
    import tf_keras

    layers = [{"class_name": "Lambda", "config": {}},
              {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}}]  # fmt: skip
    with pytest.raises(UndecidedModelError) as caught:
        check(with_layer(layers), tf_keras)
    assert caught.value.question.code == ("Lambda", "tf.io.write_file")


def test_an_activation_of_the_users_own_is_named(library: Any) -> None:
    node = {"class_name": "Dense", "config": {"activation": "snake"}}
    with refused(UndecidedModelError, "“snake”", VARIABLE):
        check(with_layer(node), library)


PLACES = {
    "layer": ("layers", "forward_layer", "cell", "cells", "activation"),
    "initializer": ("kernel_initializer",),
    "regularizer": ("activity_regularizer",),
    "constraint": ("bias_constraint",),
    "policy": ("dtype",),
}
CLASSES = {"layer": ("layers", "Dense"), "initializer": ("initializers", "GlorotUniform"),
           "regularizer": ("regularizers", "L2"), "constraint": ("constraints", "MaxNorm"),
           "loss": ("losses", "Hinge"), "optimizer": ("optimizers", "Adam")}  # fmt: skip
POLICIES = {"keras": ("dtype_policies", "DTypePolicy"), "tf_keras": ("mixed_precision", "Policy")}


@pytest.mark.parametrize("kind", PLACES)
def test_a_class_of_keras_stands_only_where_keras_takes_one(library: Any, kind: str) -> None:
    """Whichever way it is named; without a module it is Keras that would look the name up."""
    classes = {**CLASSES, "policy": POLICIES[library.__name__]}
    for place in PLACES[kind]:
        for one, (module, name) in classes.items():
            named = {"class_name": name, "config": {}}
            found = {**named, "module": f"{library.__name__}.{module}", "registered_name": None}
            texts = [name] if kind not in {"layer", "policy"} or place == "activation" else []
            for value in (named, found, {**found, "module": None}, *texts):
                many = [value] if place in {"layers", "cells"} else value
                config = with_layer({"class_name": "RNN", "config": {place: many}})
                if one == kind:
                    check(config, library)
                    continue
                with refused(ModelError, f"“{name}” as its {place}, which is no ", "save the mod"):
                    check(config, library)


def test_an_initializer_of_tensorflow_is_an_initializer_and_nothing_else() -> None:
    import tf_keras

    module = "tensorflow.python.ops.init_ops_v2"
    node = {"class_name": "VarianceScaling", "module": module, "config": {}}
    check(with_layer({"class_name": "Dense", "config": {"bias_initializer": node}}), tf_keras)
    with refused(ModelError, "“VarianceScaling” as its layers, which is no layer"):
        check(with_layer(node), tf_keras)


def test_only_the_outermost_compile_config_is_not_looked_at(library: Any) -> None:
    own = {"loss": {"class_name": "MyLoss", "module": "mine", "config": {}}}
    model = {"class_name": "Sequential", "config": {"layers": []}, "compile_config": own}
    check(model, library)
    with refused(UndecidedModelError, "“mine.MyLoss”"):
        check(with_layer(model), library)


def test_a_name_of_many_lines_makes_no_long_message(library: Any) -> None:
    layers = [{"class_name": f"a\nb {n} " + "c" * 500, "config": {}} for n in range(50)]
    with pytest.raises(ModelError) as caught:
        check(with_layer(layers), library)
    assert len(str(caught.value)) < 1000
    assert "\n" not in str(caught.value)


# ---- absurd sizes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Dense", {"units": 10**12}),
        ("Dense", {"units": "1000000000000"}),
        ("Embedding", {"input_dim": 10**10, "output_dim": 1}),
        ("Embedding", {"input_dim": 10**6, "output_dim": 10**6}),
        ("InputLayer", {"batch_shape": [10**9, 10**6]}),
        ("InputLayer", {"batch_input_shape": [None, 10**5, 10**5, 3]}),
        ("Conv2D", {"filters": 10**5, "kernel_size": [1000, 1000]}),
        ("RepeatVector", {"n": 10**9}),
        ("UpSampling2D", {"size": [10**6, 10**6]}),
        ("ZeroPadding2D", {"padding": [[10**9, 10**9], [0, 0]]}),
        ("Resizing", {"height": 10**6, "width": 10**6}),
        ("LSTM", {"units": 10**6}),
        ("CategoryEncoding", {"num_tokens": 10**11}),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("trusted", [False, True])
def test_a_layer_of_absurd_size_is_refused_before_it_is_made(
    library: Any, kind: str, config: dict[str, Any], trusted: bool
) -> None:
    node = {"class_name": kind, "config": {"name": "big", **config}}
    with refused(ModelError, f"“big” ({kind})", "Save the model again"):
        check(with_layer(node), library, trusted=trusted, stored=10**6)


def test_weights_that_the_file_cannot_hold_are_refused(library: Any) -> None:
    dense = {
        "class_name": "Dense",
        "config": {"name": "wide", "units": 50_000},
        "build_config": {"input_shape": [None, 50_000]},
    }
    with refused(ModelError, "“wide”", "2,500,000,000 weights", "at most"):
        check(with_layer(dense), library, stored=2**20)


@pytest.mark.parametrize(
    "family",
    some(
        ["MobileNetV2", "EfficientNetB0", "ResNet50V2", "NASNetMobile", "VGG16"],
        quick=["MobileNetV2"],
    ),
)
def test_no_real_model_is_too_large_for_its_own_file(library: Any, family: str) -> None:
    model = getattr(library.applications, family)(weights=None, classes=2)
    config = json.loads(model.to_json())
    check(config, library, stored=model.count_params())  # of one byte each


# ---- operators -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operator",
    ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "PrintV2", "SaveV2", "RestoreV2", "Abort",
     "ImmutableConst", "DecodeProtoV2", "DebugIdentity", "TextLineDataset", "RpcCall", "Recv",
     "InitializeTableFromTextFileV2", "GenerateVocabRemapping", "LMDBReader", "XlaCallModule"],
)  # fmt: skip
def test_an_operator_that_reaches_out_is_refused(operator: str) -> None:
    with refused(UndecidedModelError, operator, "not run here", "--trust"):
        check_operators(["Conv2D", operator])
    check_operators(["Conv2D", operator], trusted=True)


def test_an_operator_that_tensorflow_lacks_is_refused_even_when_trusted() -> None:
    with refused(ModelError, "Warp", "TensorFlow does not have"):
        check_operators(["Warp"], trusted=True)


def test_every_operator_that_is_let_through_exists() -> None:
    from tensorflow.python.framework import op_def_registry

    from optimizer.models.trust.operators import COMPUTES

    assert [name for name in COMPUTES if op_def_registry.get(name) is None] == []


# ---- what is let through ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["keras3", "keras3_h5", "keras2", "keras2_h5"])
def test_an_ordinary_model_is_let_through(
    model_files: dict[str, Path], tiny3: Any, name: str
) -> None:
    assert parameters(open_file(model_files[name])) == tiny3.count_params()


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_model_inside_a_model_is_let_through(library: Any, saved: Save, suffix: str) -> None:
    layers = library.layers
    inner = library.Sequential([library.Input((4,)), layers.Dense(4, "relu", name="inner")])
    inputs = library.Input((4,))
    model = library.Model(inputs, layers.Dense(2)(inner(inputs)))
    assert parameters(open_file(saved(model, suffix))) == model.count_params()


def test_a_compiled_model_with_the_users_own_loss_is_let_through(library: Any, saved: Save) -> None:
    """Loss and metrics are not needed for converting, so they are never rebuilt."""
    model = library.Sequential([library.Input((4,)), library.layers.Dense(2)])
    model.compile("adam", loss=lambda y, p: p - y, metrics=["accuracy"])
    assert parameters(open_file(saved(model, ".h5"))) == model.count_params()


def test_a_compiled_model_within_a_model_is_let_through(library: Any, saved: Save) -> None:
    inner = library.Sequential([library.Input((4,)), library.layers.Dense(2)])
    inner.compile("adam", "mse", metrics=["accuracy", library.metrics.AUC()])
    inputs = library.Input((4,))
    model = library.Model(inputs, inner(inputs))
    assert parameters(open_file(saved(model, ".keras"))) == model.count_params()


def test_arithmetic_between_layers_is_let_through_in_keras_3(saved: Save) -> None:
    import keras

    inputs = keras.Input((4,))
    x = keras.layers.Dense(4, kernel_regularizer="l2")(inputs)
    model = keras.Model(inputs, keras.ops.sin(x + inputs) / 2.0)
    values = np.ones((1, 4), np.float32)
    [outputs] = open_file(saved(model, ".keras")).predict((values,))
    np.testing.assert_allclose(outputs, model.predict_on_batch(values), atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_arithmetic_between_layers_is_let_through_in_keras_2(saved: Save, suffix: str) -> None:
    import tensorflow as tf
    import tf_keras

    inputs = tf_keras.Input((8, 8, 3))
    x = tf.image.resize(tf.cast(inputs, tf.float32) / 255.0, (4, 4))
    x = tf.nn.relu(tf.concat([x[:, :, :2], x[:, :, 2:]], axis=2) + x * 2.0)
    x = tf.reshape(tf.reduce_mean(x, axis=-1), (-1, 16))
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(2)(x))
    pixels = np.ones((1, 8, 8, 3), np.float32)
    [outputs] = open_file(saved(model, suffix)).predict((pixels,))
    np.testing.assert_allclose(outputs, model.predict_on_batch(pixels), atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_layers_of_every_kind_are_let_through(library: Any, saved: Save, suffix: str) -> None:
    layers = library.layers
    inputs = library.Input((6, 4))
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(inputs)
    x = layers.TimeDistributed(layers.Dense(4, activation="softplus"))(x)
    x = layers.MultiHeadAttention(2, 2)(x, x)
    x = layers.Conv1D(3, 2, kernel_initializer=library.initializers.HeNormal(seed=2**31 - 1),
                      kernel_constraint="max_norm", bias_regularizer="l1")(x)  # fmt: skip
    x = layers.LayerNormalization()(layers.PReLU()(x))
    x = layers.Activation("tanh")(layers.Flatten()(x))
    model = library.Model(inputs, layers.Dense(1)(x))
    assert parameters(open_file(saved(model, suffix))) == model.count_params()


def test_only_layers_that_run_code_are_kept_out_of_keras(library: Any) -> None:
    """When Keras ships another layer, somebody has to read what it does."""
    from optimizer.models.trust.keras_classes import LAYERS, RUNS_CODE

    shipped = {n for n in dir(library.layers) if isinstance(getattr(library.layers, n), type)}
    base_classes = {"Layer", "Wrapper", "AbstractRNNCell"}
    reads_files = {"DenseFeatures"}
    assert shipped - LAYERS - base_classes - reads_files <= RUNS_CODE


def test_no_module_of_keras_hides_another_class_behind_a_name_that_is_let_through() -> None:
    import keras  # noqa: F401
    import tf_keras  # noqa: F401

    from optimizer.models.trust.keras_classes import LAYERS, RUNS_CODE, STRUCTURE

    hidden = [
        (module, name)
        for module, content in list(sys.modules.items())
        if module.partition(".")[0] in {"keras", "tf_keras"}
        for name in (LAYERS | STRUCTURE) & set(vars(content))
        if getattr(vars(content)[name], "__name__", "") in RUNS_CODE
    ]
    assert hidden == []


# ---- packages --------------------------------------------------------------------------------

PACKAGE = """
import {library} as keras

@keras.saving.register_keras_serializable("studio")
class Swirl(keras.layers.Layer):
    def call(self, x):
        return -x
"""


@pytest.fixture
def package(library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an installed package that registers the layer studio>Swirl."""
    name = f"studio_{library.__name__}"
    (tmp_path / f"{name}.py").write_text(PACKAGE.format(library=library.__name__))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    library.saving.get_custom_objects().pop("studio>Swirl", None)
    sys.modules.pop(name, None)


@pytest.fixture
def swirling(library: Any, package: str, saved: Save) -> Callable[[str], Path]:
    """Saves a model with the package's layer, and forgets the package."""

    def save(suffix: str) -> Path:
        import importlib

        layer = importlib.import_module(package).Swirl()
        inputs = library.Input((4,))
        path = saved(library.Model(inputs, layer(inputs)), suffix)
        library.saving.get_custom_objects().pop("studio>Swirl")
        del sys.modules[package]
        return path

    return save


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_layer_of_an_allowed_package_is_let_through(
    swirling: Callable[[str], Path], package: str, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = swirling(suffix)
    with refused(UndecidedModelError, "Swirl”", VARIABLE):
        open_file(path)
    assert package not in sys.modules
    monkeypatch.setenv(VARIABLE, f"json, {package}")
    [outputs] = open_file(path).predict((np.ones((1, 4), np.float32),))
    np.testing.assert_array_equal(outputs, -np.ones((1, 4)))


def test_a_module_of_an_allowed_package_is_no_way_to_its_other_names(
    library: Any, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, package)
    for name in ("keras", "Swirl2", "register"):
        node: dict[str, Any] = {
            "class_name": name,
            "module": package,
            "config": {},
            "registered_name": None,
        }
        with refused(UndecidedModelError, f"{package}.{name}”"):
            check(with_layer(node), library)


def test_a_listed_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "no_such_package")
    with refused(ModelError, "“no_such_package”", "cannot be imported", "Install it"):
        register({})
