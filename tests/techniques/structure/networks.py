"""tests of techniques/structure/: small networks of every kind, with marks where channels are used.

Each is a function of `used`, which it calls on what goes into a layer with weights, and tells which
layers made the channels. The network itself is the one in which `used` does nothing. With a `used`
that multiplies by zero what is to go it is the network that a cut one has to equal: so what goes
together is written down here by hand, and not by the code that is tested.
"""

from collections.abc import Callable
from typing import Any

import tf_keras

layers = tf_keras.layers
Used = Callable[..., Any]
"""`used(tensor, "a", "b", each=2)`: its channels are those of a, then of b, each twice."""


def dense(used: Used) -> Any:
    inputs = tf_keras.Input((6,))
    a = layers.Dense(12, "relu", name="a")(inputs)
    b = layers.Dense(9, "tanh", name="b")(used(a, "a"))
    return tf_keras.Model(inputs, layers.Dense(4, "softmax", name="out")(used(b, "b")))


def image(used: Used) -> Any:
    inputs = tf_keras.Input((8, 8, 3))
    x = layers.Conv2D(12, 3, use_bias=False, padding="same", name="a")(inputs)
    x = layers.MaxPooling2D(2)(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
    x = layers.ZeroPadding2D(1)(used(x, "a"))
    x = layers.Conv2D(8, 3, strides=2, activation="elu", name="b")(x)
    x = layers.Dropout(0.3)(layers.Flatten()(used(x, "b")))
    x = layers.Dense(10, "relu", name="c")(x)
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(used(x, "c")))


def sequence(used: Used) -> Any:
    inputs = tf_keras.Input((10, 4))
    x = layers.Conv1D(12, 3, padding="causal", activation="relu", name="a")(inputs)
    x = layers.SeparableConv1D(10, 3, name="b")(used(x, "a"))
    x = layers.AveragePooling1D(2)(layers.UpSampling1D(2)(x))
    x = layers.DepthwiseConv1D(3, activation="relu")(used(x, "b"))
    x = layers.Conv1DTranspose(6, 3, strides=2, name="c")(used(x, "b"))
    x = layers.Dense(8, "swish", name="d")(used(x, "c"))
    x = layers.GlobalMaxPooling1D()(used(x, "d"))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def volume(used: Used) -> Any:
    inputs = tf_keras.Input((6, 6, 6, 2))
    x = layers.Conv3D(8, 3, activation="relu", name="a")(inputs)
    x = layers.Conv3DTranspose(6, 2, strides=2, name="b")(used(x, "a"))
    x = layers.GlobalAveragePooling3D()(layers.MaxPooling3D(2)(used(x, "b")))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def depthwise(used: Used) -> Any:
    inputs = tf_keras.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, activation="relu", name="a")(inputs)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2)(used(x, "a"))
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(9, 3, depth_multiplier=2, name="b")(used(x, "a", each=2))
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.Conv2DTranspose(6, 2, strides=2, name="c")(used(x, "b"))
    x = layers.GlobalAveragePooling2D()(used(x, "c"))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def grouped(used: Used) -> Any:
    inputs = tf_keras.Input((8, 8, 3))
    x = layers.Conv2D(12, 3, activation="relu", name="a")(inputs)
    x = layers.Conv2D(8, 3, groups=2, activation="relu", name="b")(used(x, "a"))
    x = layers.Conv2D(8, 3, groups=8, name="by_channel")(used(x, "b"))
    x = layers.Conv2D(16, 1, groups=8, name="twice")(used(x, "b"))
    x = layers.GlobalAveragePooling2D()(used(x, "b", each=2))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def residual(used: Used) -> Any:
    inputs = tf_keras.Input((8, 8, 3))
    x = layers.Conv2D(10, 3, padding="same", name="a")(inputs)
    y = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.Conv2D(6, 3, padding="same", activation="relu", name="b")(used(y, "a"))
    y = layers.Conv2D(10, 1, name="c")(used(y, "b"))
    x = layers.Average()([layers.Add()([x, y]), layers.Subtract()([x, y])])
    y = layers.Conv2D(10, 3, padding="same", name="d")(used(x, "a"))
    x = layers.Maximum()([x, y])
    x = layers.GlobalAveragePooling2D()(used(x, "a"))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def concatenated(used: Used) -> Any:
    inputs = tf_keras.Input((8, 8, 3))
    a = layers.Conv2D(8, 3, padding="same", name="a")(inputs)
    b = layers.Conv2D(6, 3, padding="same", name="b")(used(a, "a"))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Concatenate()([a, b])))
    c = layers.Conv2D(14, 3, padding="same", name="c")(used(x, "a", "b"))
    x = layers.Add()([layers.Concatenate()([a, b]), c])  # the first of c go with a, the rest with b
    x = layers.Flatten()(used(x, "a", "b"))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def squeezed(used: Used) -> Any:
    inputs = tf_keras.Input((8, 8, 3))
    x = layers.Conv2D(12, 3, activation="swish", name="a")(inputs)
    s = layers.Reshape((1, 1, 12))(layers.GlobalAveragePooling2D()(x))
    s = layers.Conv2D(6, 1, activation="relu", name="b")(used(s, "a"))
    s = layers.Conv2D(12, 1, activation="sigmoid", name="c")(used(s, "b"))
    x = layers.Multiply()([x, s])
    x = layers.Conv2D(7, 3, name="d")(used(x, "a"))
    x = layers.Dense(5, "relu", name="e")(layers.Reshape((-1, 7))(used(x, "d")))
    x = layers.Flatten()(used(x, "e"))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


def shared(used: Used) -> Any:
    """One convolution in two branches, whose inputs are of two sizes and go together too."""
    first, second = tf_keras.Input((8, 8, 3)), tf_keras.Input((6, 6, 3))
    shared_layer = layers.Conv2D(8, 3, activation="relu", name="b")
    a = layers.Conv2D(10, 1, activation="relu", name="a")(first)
    c = layers.Conv2D(10, 1, activation="relu", name="c")(second)
    x = layers.GlobalAveragePooling2D()(shared_layer(used(a, "a")))
    y = layers.GlobalAveragePooling2D()(shared_layer(used(c, "a")))
    x = layers.Concatenate()([x, y])
    return tf_keras.Model([first, second], layers.Dense(4, name="out")(used(x, "b", "b")))


def recurrent_between(used: Used) -> Any:
    """An LSTM stays, with all that goes in; before it and after it channels go."""
    inputs = tf_keras.Input((10, 4))
    x = layers.Conv1D(12, 3, activation="relu", name="a")(inputs)
    x = layers.Conv1D(6, 3, name="kept")(used(x, "a"))
    x = layers.LSTM(5, name="lstm")(x)
    x = layers.Dense(12, "relu", name="b")(x)
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(used(x, "b")))


def attention_between(used: Used) -> Any:
    """Attention stays, and so does what is added to what comes out of it."""
    inputs = tf_keras.Input((6, 8))
    x = layers.Add()([inputs, layers.MultiHeadAttention(2, 4, name="attention")(inputs, inputs)])
    x = layers.LayerNormalization()(x)
    y = layers.Dense(16, "gelu", name="a")(x)
    y = layers.Dense(8, name="kept")(used(y, "a"))
    x = layers.GlobalAveragePooling1D()(layers.Add()([x, y]))
    return tf_keras.Model(inputs, layers.Dense(4, name="out")(x))


NETWORKS: dict[str, Callable[[Used], Any]] = {
    function.__name__: function
    for function in (
        dense, image, sequence, volume, depthwise, grouped, residual, concatenated, squeezed,
        shared, recurrent_between, attention_between,
    )
}  # fmt: skip
STAY = {"kept", "lstm", "attention", "out"}
"""Layers that stay as they are in the networks that have them."""
