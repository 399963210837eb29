"""tests of models/: small models of every kind for the bridge, with weights that all matter."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

Build = Callable[[Any], Any]
SIDE = 8


def image(library: Any, channels: int = 3) -> Any:
    return library.Input((SIDE, SIDE, channels), name="image")


def sequence(library: Any) -> Any:
    return library.Input((6, 5), name="sequence")


def plain(library: Any) -> Any:
    layers = library.layers
    x = inputs = image(library)
    x = layers.ZeroPadding2D(((0, 1), (1, 0)))(x)
    x = layers.Conv2D(8, 3, padding="same", use_bias=False, name="first")(x)
    x = layers.BatchNormalization(epsilon=1e-3)(x)
    x = layers.ReLU(6.0)(x)
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)(x)
    x = layers.Activation("swish")(x)
    x = layers.Conv2D(12, 1, groups=2, dilation_rate=2, activation="elu")(x)
    x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.AveragePooling2D(2)(layers.Cropping2D(1)(x))
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    return library.Model(inputs, layers.Dense(4, activation="softmax")(x), name="plain")


def sequential(library: Any) -> Any:
    layers = library.layers
    return library.Sequential(
        [library.Input((SIDE, SIDE, 3)), layers.Conv2D(4, 3), layers.LeakyReLU(), layers.Flatten(),
         layers.GaussianNoise(0.1), layers.Dense(3, kernel_regularizer="l2",
                                                kernel_constraint="non_neg")]
    )  # fmt: skip


def convolutions(library: Any) -> Any:
    layers = library.layers
    inputs = image(library)
    x = layers.SeparableConv2D(6, 3, depth_multiplier=2, activation="tanh")(inputs)
    x = layers.Conv2DTranspose(5, 3, strides=2, padding="same", output_padding=1)(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.Reshape((-1, 5))(x)
    x = layers.Conv1D(6, 3, padding="causal")(x)
    x = layers.SeparableConv1D(6, 3, strides=2)(x)
    x = layers.DepthwiseConv1D(3)(x)
    x = layers.Conv1DTranspose(4, 3, strides=2)(x)
    x = layers.Permute((2, 1))(x)
    return library.Model(inputs, layers.GlobalMaxPooling1D()(x))


def volumes(library: Any) -> Any:
    layers = library.layers
    inputs = library.Input((6, 6, 6, 2))
    x = layers.Conv3D(4, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv3DTranspose(3, 2, strides=2)(x)
    x = layers.AveragePooling3D(2)(layers.ZeroPadding3D(1)(x))
    return library.Model(inputs, layers.GlobalAveragePooling3D()(x))


def normalizations(library: Any) -> Any:
    layers = library.layers
    x = inputs = image(library, 4)
    x = layers.Rescaling([1 / 127.5, 0.1, 1.0, 2.0], offset=-1)(x)
    x = layers.Normalization()(x)
    x = layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 16.0])(x)
    x = layers.GroupNormalization(groups=2)(x)
    x = layers.LayerNormalization(axis=(1, 3))(x)
    x = layers.UnitNormalization()(x)
    x = layers.Normalization(axis=(1, 3))(x)
    return library.Model(inputs, layers.Flatten()(x))


def lstm(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    x = layers.LSTM(6, return_sequences=True)(inputs)
    x, hidden, cell = layers.LSTM(5, return_state=True, go_backwards=True)(x)
    decoded = layers.LSTM(5)(inputs, initial_state=[hidden, cell])
    return library.Model(inputs, layers.Concatenate()([x, decoded, hidden]))


def gru(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    x = layers.GRU(6, return_sequences=True, dropout=0.1)(inputs)
    x = layers.GRU(6, reset_after=False, return_sequences=True)(x)
    x = layers.SimpleRNN(6, return_sequences=True)(x)
    cells = [layers.LSTMCell(4), layers.GRUCell(3, activation="relu")]
    return library.Model(inputs, layers.RNN(cells)(x))


def bidirectional(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(inputs)
    x = layers.Bidirectional(
        layers.GRU(3), merge_mode="sum", backward_layer=layers.GRU(3, go_backwards=True)
    )(x)
    return library.Model(inputs, x)


def masked_text(library: Any) -> Any:
    layers = library.layers
    inputs = library.Input((7,), dtype="int32", name="tokens")
    x = layers.Embedding(5, 6, mask_zero=True)(inputs)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.Dropout(0.1)(layers.MultiHeadAttention(2, 3)(x, x))
    return library.Model(inputs, layers.GlobalAveragePooling1D()(x))


def masked_numbers(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    x = layers.Masking()(inputs)
    x = layers.TimeDistributed(layers.Dense(4))(x)
    return library.Model(inputs, layers.GRU(4)(x))


def attention(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    query = layers.Dense(5)(inputs)
    x = layers.MultiHeadAttention(3, 4, value_dim=2, output_shape=7)(
        query=query, value=inputs, use_causal_mask=True
    )
    y = layers.Attention(use_scale=True)([query, inputs])
    z = layers.AdditiveAttention()([query, inputs, query])
    return library.Model(inputs, layers.Concatenate()([x, y, z]))


def frames(library: Any) -> Any:
    """Video: a model for each frame, then a recurrent layer."""
    layers = library.layers
    frame = image(library)
    x = layers.Conv2D(4, 3, activation="relu")(frame)
    x = layers.BatchNormalization()(x)
    each = library.Model(frame, layers.GlobalAveragePooling2D()(x), name="each")
    inputs = library.Input((3, SIDE, SIDE, 3))
    x = layers.ConvLSTM2D(2, 3, return_sequences=True, padding="same")(inputs)
    y = layers.LSTM(3)(layers.TimeDistributed(each)(inputs))
    return library.Model(inputs, [layers.Flatten()(x), y])


def shared(library: Any) -> Any:
    layers = library.layers
    left, right = library.Input((6,), name="left"), library.Input((6,), name="right")
    twice = layers.Dense(6, activation="tanh", name="twice")
    again = twice(twice(left))
    merged = layers.Subtract()([again, twice(right)])
    return library.Model([left, right], layers.Dense(2)(merged))


def nested(library: Any) -> Any:
    """A model in a model in a model, one of them used twice, with the same names everywhere."""
    layers = library.layers
    inputs = library.Input((5,), name="numbers")
    innermost = library.Sequential(
        [library.Input((5,)), layers.Dense(5, name="dense"), layers.ReLU(name="relu")],
        name="innermost",
    )
    middle_in = library.Input((5,), name="numbers")
    x = layers.Dense(5, name="dense")(middle_in)
    middle = library.Model(middle_in, [innermost(x), x], name="middle")
    x = layers.Dense(5, name="dense")(inputs)
    first, second = middle(x)
    third, _ = middle(second)
    outputs = layers.Dense(3, name="last")(layers.Add(name="add")([first, third]))
    return library.Model(inputs, outputs, name="outer")


def nested_bytes(library: Any) -> Any:
    """Takes bytes, which the nested model casts to its own dtype."""
    layers = library.layers
    inner = library.Sequential([library.Input((SIDE, SIDE, 3)), layers.Conv2D(3, 3)], name="inner")
    inputs = library.Input((SIDE, SIDE, 3), dtype="uint8")
    return library.Model(inputs, layers.Flatten()(inner(inputs)))


def many(library: Any) -> Any:
    """Inputs and outputs in an order that is not the alphabetical one, one input of integers."""
    layers = library.layers
    tokens = library.Input((3,), dtype="int32", name="z_tokens")
    numbers = library.Input((4,), name="a_numbers")
    x = layers.Flatten()(layers.Embedding(5, 4)(tokens))
    y = layers.Concatenate()([x, layers.Dense(3)(numbers)])
    outputs = [layers.Dense(2, name="z_last")(y), layers.Dense(1, name="a_last")(y), numbers]
    return library.Model([tokens, numbers], outputs)


def dicts(library: Any) -> Any:
    layers = library.layers
    inputs = {name: library.Input((4,), name=name) for name in ("second", "first")}
    x = layers.Dense(3)(inputs["first"])
    y = layers.Dense(2)(inputs["second"])
    return library.Model(inputs, {"y": y, "x": x})


def augmented(library: Any) -> Any:
    layers = library.layers
    x = inputs = image(library)
    for layer in (layers.RandomFlip("horizontal"), layers.RandomRotation(0.1),
                  layers.RandomZoom(0.1), layers.RandomTranslation(0.1, 0.1),
                  layers.RandomContrast(0.2), layers.RandomBrightness(0.2),
                  layers.Resizing(SIDE, SIDE), layers.CenterCrop(6, 6)):  # fmt: skip
        x = layer(x)
    return library.Model(inputs, layers.Flatten()(layers.Conv2D(2, 3)(x)))


def frozen(library: Any) -> Any:
    layers = library.layers
    inner = library.Sequential([library.Input((5,)), layers.Dense(4), layers.BatchNormalization()])
    inner.trainable = False
    inputs = library.Input((5,))
    return library.Model(inputs, layers.Dense(2, name="head")(inner(inputs, training=False)))


def python_operators(library: Any) -> Any:
    """What people write between layers, in either library."""
    layers = library.layers
    inputs = image(library)
    x = layers.Conv2D(4, 3, padding="same")(inputs)
    y = layers.Conv2D(4, 3, padding="same")(inputs)
    z = (x + y) * x - y
    z = 1.0 - z / 2.0 + z * np.array([1, 2, 3, 4], np.float32)
    z = z[:, 1:, ..., :2] * -z[:, 1:, 0:1, 1:3]
    return library.Model(inputs, z[:, 1])


def mixed_precision(library: Any) -> Any:
    layers = library.layers
    policy = {"dtype": "mixed_float16"}
    inputs = image(library)
    x = layers.Normalization(**policy)(inputs)
    x = layers.Conv2D(6, 3, **policy)(x)
    x = layers.BatchNormalization(**policy)(x)
    x = layers.ReLU(**policy)(x)
    head = library.Sequential([library.Input((6, 6, 6)), layers.Flatten(**policy),
                               layers.Dense(3, **policy)], name="head")  # fmt: skip
    return library.Model(inputs, layers.Activation("softmax", dtype="float32")(head(x)))


BOTH: tuple[Build, ...] = (
    plain, sequential, convolutions, volumes, normalizations, lstm, gru, bidirectional,
    masked_text, masked_numbers, attention, frames, shared, nested, nested_bytes, many, dicts,
    augmented, frozen, python_operators, mixed_precision,
)  # fmt: skip


def activations(library: Any) -> Any:
    x = inputs = library.Input((6,))
    branches = [
        library.layers.Dense(6, activation=name)(x)
        for name in ("hard_sigmoid", "hard_silu", "relu6", "leaky_relu", "log_softmax", "gelu",
                     "silu", "celu", "hard_tanh", "soft_shrink", "squareplus", "sparsemax",
                     "tanh_shrink", "log_sigmoid", "mish", "selu", "softsign")
    ]  # fmt: skip
    x = library.layers.Concatenate()(branches)
    x = library.layers.Reshape((1, -1))(x)
    x = library.layers.LSTM(3, recurrent_activation="hard_sigmoid")(x)
    return library.Model(inputs, x)


def keras_operations(library: Any) -> Any:
    """`keras.ops` of Keras 3 between layers."""
    ops = library.ops
    inputs = image(library, 4)
    x = ops.hard_silu(library.layers.Conv2D(4, 3, padding="same", name="conv")(inputs))
    squeezed = ops.mean(x, axis=[1, 2], keepdims=True)
    x = ops.add(x, ops.multiply(x, ops.sigmoid(squeezed)))
    x = ops.concatenate([ops.relu6(x), ops.leaky_relu(x), ops.gelu(x, approximate=False)], axis=-1)
    x = ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (-1, 12, SIDE * SIDE))
    x = ops.matmul(x, ops.swapaxes(x, 1, 2)) / np.sqrt(SIDE)
    x = ops.softmax(x * 0.1, axis=1) + ops.softmax(x * 0.1)
    x = ops.squeeze(ops.expand_dims(x, 1), 1) + ops.einsum("bij,bkj->bik", x, x)
    x = ops.where(x > 0.2, x, ops.zeros_like(x)) + ops.pad(x, ((0, 0), (0, 0), (0, 0)))
    first, second = ops.split(ops.clip(x, -1.0, 1.0), 2, axis=-1)
    x = ops.stack([first, second, ops.maximum(first, second)], axis=-1)
    x = ops.max(x, axis=-1) + ops.cast(ops.argmax(x, axis=-1), "float32")
    image_again = ops.image.resize(ops.expand_dims(x, -1), (4, 4))
    return library.Model(inputs, ops.std(image_again, axis=(1, 2)) + 3 * ops.power(x[:, 0, :1], 2))


def lost_mask(library: Any) -> Any:
    """Operations lose the mask of a sequence, and layers for images would refuse it."""
    layers = library.layers
    inputs = library.Input((7,), dtype="int32", name="tokens")
    x = layers.Embedding(5, 6, mask_zero=True)(inputs)
    y = layers.LSTM(4, return_sequences=True)(x)
    lost = layers.LSTM(4)(y + y)
    conv = layers.Conv1D(4, 3)(x)
    return library.Model(inputs, [lost, layers.LSTM(3)(conv), layers.LSTM(3)(y)])


def explicit_mask(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    mask = inputs[:, :, 0] > 0
    x = layers.LSTM(4, return_sequences=True)(inputs, mask=mask)
    return library.Model(inputs, layers.LSTM(4)(x))


def keras_3_augmentations(library: Any) -> Any:
    layers = library.layers
    x = inputs = image(library)
    for layer in (layers.RandomHue(0.2), layers.RandomErasing(), layers.RandomShear(0.1, 0.1),
                  layers.RandomContrast(0.2, value_range=(0, 1))):  # fmt: skip
        x = layer(x)
    return library.Model(inputs, layers.Flatten()(layers.Conv2D(2, 3)(x)))


def odd_names(library: Any) -> Any:
    """Names that Keras 3 takes and tf_keras does not."""
    inputs = library.Input((4,), name="my input")
    x = library.layers.Dense(3, name="first layer")(inputs)
    y = library.layers.Dense(3, name="first_layer")(x)
    return library.Model(inputs, library.layers.Dense(2, name="_last")(y), name="my model")


def positions(library: Any) -> Any:
    """Adds an embedding of constants to one of tokens, as transformers do."""
    inputs = library.Input((6,), dtype="int32")
    x = library.layers.Embedding(5, 4)(inputs)
    x = x + library.layers.Embedding(6, 4)(library.ops.arange(6))
    return library.Model(inputs, library.layers.Flatten()(x))


def transfer(library: Any) -> Any:
    """A frozen backbone that is given bytes, scaled by operations."""
    layers = library.layers
    features = image(library)
    x = layers.BatchNormalization()(layers.Conv2D(4, 3)(features))
    backbone = library.Model(features, layers.GlobalAveragePooling2D()(x), name="backbone")
    backbone.trainable = False
    inputs = library.Input((SIDE, SIDE, 3), dtype="uint8")
    x = layers.RandomFlip()(inputs) / 2.5 - 1.0
    return library.Model(inputs, layers.Dense(3)(backbone(x, training=False)))


def nested_dicts(library: Any) -> Any:
    layers = library.layers
    given = {name: library.Input((4,), name=name) for name in ("second", "first")}
    merged = layers.Concatenate()([layers.Dense(2)(given["second"]), given["first"]])
    inner = library.Model(given, merged, name="inner")
    left, right = library.Input((4,)), library.Input((4,))
    return library.Model([left, right], layers.Dense(2)(inner({"second": left, "first": right})))


def seeded(library: Any) -> Any:
    layers = library.layers
    inputs = sequence(library)
    x = layers.MultiHeadAttention(2, 3, dropout=0.1, seed=3)(inputs, inputs)
    x = layers.GRU(4, dropout=0.1, seed=4)(x)
    return library.Model(inputs, layers.Dropout(0.5, seed=5)(x))


def spectral_normalization(library: Any) -> Any:
    inputs = image(library)
    x = library.layers.SpectralNormalization(library.layers.Conv2D(4, 3))(inputs)
    return library.Model(inputs, library.layers.Flatten()(x))


KERAS_3: tuple[Build, ...] = (
    activations, keras_operations, lost_mask, explicit_mask, keras_3_augmentations,
    odd_names, positions, transfer, nested_dicts, seeded,
    spectral_normalization,
)  # fmt: skip


def tensorflow_operations(library: Any) -> Any:
    """Functions of TensorFlow between layers, as Keras 2 allows."""
    inputs = image(library, 4)
    x = tf.nn.relu(library.layers.Conv2D(4, 3, padding="same")(inputs))
    x = tf.concat([x, tf.nn.silu(x)], axis=-1) + tf.nn.relu6(inputs)[..., :1]
    x = tf.reduce_mean(tf.transpose(x, (0, 3, 1, 2)), axis=[2, 3])
    first, second = tf.split(tf.expand_dims(x, 1), 2, axis=-1)
    x = 0.1 * tf.reshape(tf.matmul(first, second, transpose_b=True), (-1, 1))
    return library.Model(inputs, tf.math.tanh(x) - tf.constant([0.5]))


KERAS_2: tuple[Build, ...] = (tensorflow_operations,)


def perturb(model: Any, seed: int = 5) -> None:
    """Draws all weights anew, so that none is 0 or 1 and signals neither vanish nor explode."""
    rng = np.random.default_rng(seed)
    model.set_weights([_drawn(weight, rng) for weight in model.weights])
    layers = list(model._flatten_layers())
    for layer in layers:
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()
    _measure_statistics(model, [x for x in layers if type(x).__name__ == "BatchNormalization"], rng)


def _measure_statistics(model: Any, layers: list[Any], rng: np.random.Generator) -> None:
    """Lets BatchNormalization see data, as in training, and then blurs what it saw."""
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    if layers:
        inputs = [tf.constant(x) for x in random_inputs(model, 8)]
        model(inputs if len(inputs) > 1 else inputs[0], training=True)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
        mean, variance = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
        layer.moving_mean.assign(mean + 0.2 * np.sqrt(variance) * rng.normal(size=mean.shape))
        layer.moving_variance.assign(variance * rng.uniform(0.8, 1.25, variance.shape))


def _drawn(weight: Any, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    shape = tuple(weight.shape)
    name = weight.name.partition(":")[0].rpartition("/")[2]
    if "var" in name or "gamma" in name:
        return rng.uniform(0.6, 1.4, shape).astype(np.float32)
    if "count" in name:
        return np.ones(shape, np.float32)
    if len(shape) < 2:
        return rng.normal(0, 0.3, shape).astype(np.float32)
    depthwise = "depthwise" in name or (len(shape) == 4 and shape[-1] == 1)
    fan_in = np.prod(shape[:-2] if depthwise else shape[:-1])
    return rng.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)


def random_inputs(model: Any, count: int = 4) -> tuple[npt.NDArray[Any], ...]:
    """`count` samples for each input; integers are tokens below 5, some of them 0."""
    rng = np.random.default_rng(17)
    return tuple(_random(tensor, count, rng) for tensor in model.inputs)


def _random(tensor: Any, count: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    shape = (count, *tensor.shape[1:])
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if dtype.startswith(("int", "uint")):
        return rng.integers(0, 5, shape).astype(dtype)
    values = rng.normal(0, 1, shape).astype(dtype)
    values[:, -2:] *= values[:, -2:] > 0.5  # a Masking layer finds something to mask
    return values
