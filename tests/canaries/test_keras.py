"""tests of private parts of Keras 3, and of what both Keras write into files."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LIBRARIES = ("keras", "tf_keras")


def test_keras_nodes(keras_model: Any) -> None:
    nodes = [
        node
        for depth in sorted(keras_model._nodes_by_depth, reverse=True)
        for node in keras_model._nodes_by_depth[depth]
        if not node.is_input
    ]
    assert [type(node.operation).__name__ for node in nodes] == ["Conv2D", "Mean", "Dense"]
    conv, mean, _ = nodes
    assert mean.arguments.args[0] is conv.outputs[0]
    assert isinstance(mean.arguments.kwargs, dict)


def test_keras_sequential_graph() -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert len(model._functional._nodes_by_depth) == 2
    assert getattr(keras.Sequential([keras.layers.Dense(2)]), "_functional", None) is None


def test_keras_history(keras_model: Any) -> None:
    assert keras_model.outputs[0]._keras_history[0] is keras_model.get_layer("dense")


def test_keras_input_structure() -> None:
    import keras

    inputs = {"a": keras.Input((1,)), "b": keras.Input((1,))}
    model = keras.Model(inputs, keras.layers.Add()(list(inputs.values())))
    assert list(model._inputs_struct) == ["a", "b"]


def test_keras_flatten_layers(keras_model: Any, plain_model: Any) -> None:
    for model in (keras_model, plain_model):
        library = __import__(type(model).__module__.partition(".")[0])
        outer = library.models.Sequential([model])
        found = outer._flatten_layers(include_self=False, recursive=True)
        assert {"conv", "dense"} <= {layer.name for layer in found}
        assert model in list(outer._flatten_layers())


def test_keras_operation_config() -> None:
    import keras

    operation = keras.ops.mean(keras.Input((2, 3)), axis=1)._keras_history[0]
    assert type(operation).__name__ == "Mean"
    assert not isinstance(operation, keras.layers.Layer)
    config = operation.get_config()
    assert (config["axis"], config["keepdims"]) == (1, False)


def test_keras_mask() -> None:
    import keras
    import tf_keras

    for library in (keras, tf_keras):
        embedded = library.layers.Embedding(4, 2, mask_zero=True)(library.Input((3,)))
        assert embedded._keras_mask is not None
        dense = library.layers.Dense(2)(library.Input((3,)))
        assert getattr(dense, "_keras_mask", None) is None


def test_keras_normalization() -> None:
    import keras

    data = np.array([[0.0], [4.0]], np.float32)
    adapted = keras.layers.Normalization()
    adapted.adapt(data)
    assert adapted.input_mean is None
    assert np.allclose([adapted.adapt_mean, adapted.adapt_variance], [[2.0], [4.0]])
    given = keras.layers.Normalization(mean=1.0, variance=2.0)
    assert given.input_mean is not None
    assert {"mean", "variance", "axis", "invert"} <= set(given.get_config())


@pytest.mark.parametrize("name", LIBRARIES)
def test_keras_safe_mode(name: str) -> None:
    library = __import__(name)
    scope = library.src.saving.serialization_lib.SafeModeScope
    model = library.models.Sequential([library.layers.Lambda(lambda x: x, input_shape=(1,))])
    text = model.to_json()
    with scope(safe_mode=False):
        library.models.model_from_json(text)
    with scope(safe_mode=True), pytest.raises(Exception, match=r"(?i)lambda"):
        library.models.model_from_json(text)


def test_keras_file(keras_model: Any, plain_model: Any, tmp_path: Path) -> None:
    import h5py

    for model, version in ((keras_model, "3."), (plain_model, "2.")):
        folder = tmp_path / version
        folder.mkdir()
        archive, hdf5 = folder / "model.keras", folder / "model.h5"
        model.compile(loss="mse")
        model.save(str(archive))
        with zipfile.ZipFile(archive) as members:
            assert json.loads(members.read("metadata.json"))["keras_version"].startswith(version)
            config = json.loads(members.read("config.json"))
            assert {"class_name", "module", "registered_name", "config"} <= set(config)
            assert config["compile_config"]["loss"] == "mse"
        model.save(str(hdf5))
        with h5py.File(hdf5) as file:
            assert file.attrs["keras_version"].startswith(version)
            assert {"class_name", "config"} <= set(json.loads(file.attrs["model_config"]))
            assert json.loads(file.attrs["training_config"])["loss"] == "mse"


def test_keras_weights_file(keras_model: Any, plain_model: Any, tmp_path: Path) -> None:
    import h5py

    new, old = tmp_path / "new.weights.h5", tmp_path / "old.h5"
    keras_model.save_weights(new)
    plain_model.save_weights(str(old))
    with h5py.File(new) as file:
        assert "layers" in file or "_layer_checkpoint_dependencies" in file
        assert "layer_names" not in file.attrs
    with h5py.File(old) as file:
        assert "layer_names" in file.attrs


def test_keras_registered_names() -> None:
    for name in LIBRARIES:
        library: Any = __import__(name)

        class Canary(library.layers.Layer):
            pass

        library.saving.register_keras_serializable(package="cage")(Canary)
        try:
            assert library.saving.get_custom_objects()["cage>Canary"] is Canary
            described = library.saving.serialize_keras_object(Canary())
            assert described["registered_name"] == "cage>Canary"
        finally:
            library.saving.get_custom_objects().pop("cage>Canary")


def test_keras_export_signature(tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    data = keras.Input((2,), name="data")
    model = keras.Model(data, [keras.layers.Dense(2)(data), keras.layers.Dense(3)(data)])
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.__call__, [tf.TensorSpec((None, 2), name="data")])
    archive.write_out(str(tmp_path / "out"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "out")).signatures["serving_default"]
    assert list(served.structured_input_signature[1]) == ["data"]
    shapes = {name: tensor.shape[-1] for name, tensor in served.structured_outputs.items()}
    assert shapes == {"output_0": 2, "output_1": 3}
