"""tests of private parts of tf_keras (Keras 2)."""

import json
from pathlib import Path
from typing import Any

import numpy as np


def test_tf_keras_nodes(plain_model: Any) -> None:
    nodes = {
        node.layer.name: node for nodes in plain_model._nodes_by_depth.values() for node in nodes
    }
    dense, flat = nodes["dense"], nodes["flat"]
    assert nodes["image"].is_input
    assert not dense.is_input
    assert dense.call_args[0] is flat.outputs
    assert dense.input_tensors is flat.outputs
    assert [parent.layer.name for parent in dense.parent_nodes] == ["flat"]
    assert dense.call_kwargs == {}
    assert plain_model.outputs[0]._keras_history.layer is dense.layer
    assert plain_model.outputs[0]._keras_history[0] is dense.layer


def test_tf_keras_losses_below_the_outputs() -> None:
    import tf_keras

    data = tf_keras.Input((2,))
    model = tf_keras.Model(data, tf_keras.layers.Dense(1)(data))
    model.add_loss(tf_keras.backend.mean(data))
    assert min(model._nodes_by_depth) < 0


def test_tf_keras_nested_inputs() -> None:
    import tf_keras

    inputs = {"a": tf_keras.Input((1,)), "b": tf_keras.Input((1,))}
    model = tf_keras.Model(inputs, tf_keras.layers.Add()(list(inputs.values())))
    assert list(model._nested_inputs) == ["a", "b"]


def test_tf_keras_mask_argument(plain_model: Any) -> None:
    import tf_keras

    dense = plain_model.get_layer("dense")
    assert dense._call_spec.expects_mask_arg is False
    assert tf_keras.layers.LSTM(2)._call_spec.expects_mask_arg is True
    dense._call_spec.expects_mask_arg = True
    assert dense._call_spec.expects_mask_arg is True


def test_tf_keras_fused_batch_norm() -> None:
    import tf_keras

    layer = tf_keras.layers.BatchNormalization()
    image = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype(np.float32)
    fused = layer(image)
    assert layer.fused is True
    layer.fused = False
    assert np.allclose(fused, layer(image), atol=1e-5)


def test_tf_keras_function_layers() -> None:
    import tf_keras

    data = tf_keras.Input((2, 3))
    model = tf_keras.Model(data, (data + 1.0)[:, 0])
    _, add, item = model.layers
    kinds = [type(layer).__name__ for layer in (add, item)]
    assert kinds == ["TFOpLambda", "SlicingOpLambda"]
    assert [add.symbol, item.symbol] == ["__operators__.add", "__operators__.getitem"]
    assert add.get_config()["function"] == "__operators__.add"


def test_tf_keras_saved_metadata(plain_model: Any, tmp_path: Path) -> None:
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    plain_model.save(str(tmp_path / "saved"), save_format="tf")
    content = (tmp_path / "saved" / "keras_metadata.pb").read_bytes()
    nodes = {
        node.node_path: json.loads(node.metadata)
        for node in SavedMetadata.FromString(content).nodes
    }
    assert nodes["root"]["class_name"] == "Functional"
    assert nodes["root"]["config"]["name"] == "small"


def test_tf_keras_layer_numbers() -> None:
    import tf_keras

    for kind, prefix in (
        (tf_keras.layers.Conv2D, "conv2d"), (tf_keras.layers.DepthwiseConv2D, "depthwise_conv2d"),
    ):  # fmt: skip
        first, second = kind(1, 1).name, kind(1, 1).name
        numbers = [
            int(name.removeprefix(prefix).removeprefix("_") or 0) for name in (first, second)
        ]
        assert numbers[1] == numbers[0] + 1


def test_tf_keras_attribute_for_a_weight() -> None:
    import tensorflow as tf
    import tf_keras

    layer = tf_keras.layers.Dense(1, use_bias=False)
    layer.build((None, 2))
    kernel = layer.kernel
    object.__setattr__(layer, "kernel", tf.ones((2, 1)))
    assert float(layer(tf.ones((1, 2)))[0, 0]) == 2.0, "the layer computes with what is there"
    assert layer.weights[0] is kernel, "and still has its variable"


def test_tf_keras_error_text() -> None:
    import tf_keras

    model = tf_keras.Sequential([tf_keras.layers.Dense(1, input_shape=(2,), name="picky")])
    try:
        model.predict(np.ones((1, 3)), verbose=0)
    except ValueError as error:
        text = str(error)
    lines = [line for line in text.splitlines() if line.lstrip().startswith("ValueError: ")]
    assert lines, f"the reason stands under the stack of calls: {text}"
    assert lines[0].startswith(" ")


def test_tf_keras_registered_class() -> None:
    import tf_keras

    utils = tf_keras.utils
    assert utils.get_registered_name(tf_keras.layers.Dense) == "Dense"
    assert utils.get_registered_object("Dense") is None


def test_tf_keras_rnn_option() -> None:
    import tf_keras

    assert tf_keras.layers.LSTM(2, zero_output_for_mask=True).zero_output_for_mask is True
