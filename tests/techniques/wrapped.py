"""tests of techniques/: small tf_keras models to prune and cluster, and what is made of them."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras

from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
from optimizer.tflite.facts import WeightTensor
from tests.tflite_files import read_contents

layers = tf_keras.layers
Arrays = list[npt.NDArray[np.float32]]

ON_IMAGES: dict[str, Callable[[], Any]] = {
    "Conv2D": lambda: layers.Conv2D(8, 3, use_bias=False, name="x"),
    "DepthwiseConv2D": lambda: layers.DepthwiseConv2D(3, name="x"),
    "SeparableConv2D": lambda: layers.SeparableConv2D(8, 3, name="x"),
    "Conv2DTranspose": lambda: layers.Conv2DTranspose(8, 3, name="x"),
    "PReLU": lambda: layers.PReLU(name="x"),
    "GroupNormalization": lambda: layers.GroupNormalization(2, name="x"),
    "BatchNormalization": lambda: layers.BatchNormalization(name="x"),
    "Rescaling": lambda: layers.Rescaling(2.0, name="x"),
    "ReLU": lambda: layers.ReLU(name="x"),
}
ON_SEQUENCES: dict[str, Callable[[], Any]] = {
    "Conv1D": lambda: layers.Conv1D(6, 3, name="x"),
    "Dense": lambda: layers.Dense(6, name="x"),
    "LSTM": lambda: layers.LSTM(6, return_sequences=True, name="x"),
    "GRU": lambda: layers.GRU(6, return_sequences=True, name="x"),
    "stacked RNN": lambda: layers.RNN(
        [layers.LSTMCell(4), layers.GRUCell(4)], return_sequences=True, name="x"
    ),
    "Bidirectional": lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="x"),
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(6), name="x"),
}
OTHERS = ["Embedding", "MultiHeadAttention"]
KINDS = [*ON_IMAGES, *ON_SEQUENCES, *OTHERS]
# One of each way in which a layer keeps its weights, or has none.
QUICK_KINDS = ["Conv2D", "DepthwiseConv2D", "ReLU", "Dense", "LSTM", "Embedding"]


def model_with(kind: str) -> Any:
    """A model around one layer of that kind, which is named x."""
    tf_keras.utils.set_random_seed(1)
    if kind == "Embedding":
        inputs = tf_keras.Input((6,), dtype="int32")
        outputs = layers.Embedding(20, 8, name="x")(inputs)
    elif kind == "MultiHeadAttention":
        inputs = tf_keras.Input((6, 4))
        outputs = layers.MultiHeadAttention(2, 4, name="x")(inputs, inputs)
    elif kind in ON_SEQUENCES:
        inputs = tf_keras.Input((6, 4))
        outputs = ON_SEQUENCES[kind]()(inputs)
    else:
        inputs = tf_keras.Input((6, 6, 4))
        outputs = ON_IMAGES[kind]()(inputs)
    return tf_keras.Model(inputs, layers.Dense(3, name="out")(layers.Flatten()(outputs)))


def convolutional(channels: int = 3) -> Any:
    """Convolutions of three kinds and a Dense layer; 10 × 10 images in, 4 numbers out."""
    tf_keras.utils.set_random_seed(2)
    inputs = x = tf_keras.Input((10, 10, channels))
    for layer in (
        layers.Conv2D(16, 3, use_bias=False, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
        layers.DepthwiseConv2D(3, name="depthwise"),
        layers.SeparableConv2D(16, 3, name="separable"),
        layers.Flatten(name="flatten"),
        layers.Dense(32, "relu", name="dense"),
        layers.Dense(4, name="out"),
    ):
        x = layer(x)
    return tf_keras.Model(inputs, x)


CHOSEN = ["conv", "separable", "dense"]


def masked_text() -> Any:
    """An LSTM that passes over the padding of token sequences."""
    tf_keras.utils.set_random_seed(3)
    inputs = tf_keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 8, mask_zero=True, name="embedding")(inputs)
    x = layers.LSTM(6, name="lstm")(layers.Dense(8, name="dense")(x))
    return tf_keras.Model(inputs, layers.Dense(3, name="out")(x))


def samples(model: Any, count: int = 40) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
    """Random inputs and targets; in token sequences every fourth token is padding."""
    generator = np.random.default_rng(0)
    shape = (count, *model.input_shape[1:])
    x = generator.standard_normal(shape, np.float32)
    if model.inputs[0].dtype == "int32":
        x = generator.integers(1, 20, shape).astype(np.int32)
        x[:, ::4] = 0
    return x, generator.standard_normal((count, *model.output_shape[1:]), np.float32)


def train(model: Any, epochs: int = 1, optimizer: Any = "adam", callbacks: Any = ()) -> None:
    """Five steps an epoch."""
    x, y = samples(model)
    if model.optimizer is None:
        model.compile(optimizer, "mse")
    model.fit(x, y, batch_size=8, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)


def kernels(model: Any, names: Collection[str]) -> Iterator[npt.NDArray[np.float32]]:
    """All weights of those layers but biases and depthwise kernels."""
    for name in names:
        for variable in model.get_layer(name).weights:
            if "bias" not in variable.name and "depthwise" not in variable.name:
                yield variable.numpy()


def assert_same_plan(stripped: Any, plain: Any) -> None:
    """The weights of one fit into the other, and it is the same model then."""
    assert stripped.get_config() == plain.get_config()
    assert [type(layer) for layer in stripped.layers] == [type(layer) for layer in plain.layers]
    copy = tf_keras.models.clone_model(plain)
    copy.set_weights(stripped.get_weights())
    assert_same_outputs(stripped, copy)


def assert_same_outputs(model: Any, other: Any) -> None:
    """On the samples."""
    x, _ = samples(model)
    np.testing.assert_allclose(model(x), other(x), rtol=1e-4, atol=1e-5)


def assert_resumes(wrap: Callable[[], Any], folder: Path, callbacks: Any = ()) -> tuple[Any, Any]:
    """A second model goes on from a checkpoint of the first, and comes out where that one did.

    Returns:
        Both, after two epochs.
    """
    models = wrap(), wrap()
    for model in models:
        model.compile(tf_keras.optimizers.Adam(), "mse")
    straight, resumed = models
    checkpoint = tf.train.Checkpoint(model=straight, optimizer=straight.optimizer)
    train(straight, 1, callbacks=callbacks)
    path = checkpoint.write(str(folder / "checkpoint"))
    train(straight, 1, callbacks=callbacks)
    status = tf.train.Checkpoint(model=resumed, optimizer=resumed.optimizer).read(path)
    status.assert_existing_objects_matched()
    train(resumed, 1, callbacks=callbacks)
    status.assert_consumed()
    for weight, expected in zip(resumed.weights, straight.weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6, err_msg=expected.name)
    return straight, resumed


def int8_weights(model: Any, folder: Path) -> dict[tuple[str, tuple[int, ...]], WeightTensor]:
    """What stands in the integer file, by operator and shape."""
    model.export(folder / "saved_model")
    converter = converter_for(folder / "saved_model")
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    x, _ = samples(model)
    converter.representative_dataset = lambda: ([sample[None]] for sample in x)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    file = folder / "int8.tflite"
    file.write_bytes(convert(converter))
    return {(each.operator, each.shape): each for each in read_contents(file).weights}
