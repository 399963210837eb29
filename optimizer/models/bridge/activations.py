"""models/bridge/: activation functions by name. Workers only: imports TensorFlow."""

from collections.abc import Callable
from typing import Any

import keras
import tf_keras

from optimizer.errors import ModelError

# Computed alike in both, so that tfmot finds the functions it knows.
SHARED = {"elu", "exponential", "gelu", "linear", "mish", "relu", "selu", "sigmoid", "softmax",
          "softplus", "softsign", "tanh"}  # fmt: skip
# Lacking in tf_keras, or other there: its hard_sigmoid is 0.2 x + 0.5 and Keras 3's relu6(x+3)/6.
KERAS_3_ONLY = ("celu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh",
                "leaky_relu", "log_sigmoid", "log_softmax", "relu6", "soft_shrink", "sparse_plus",
                "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink")  # fmt: skip


def _registered(name: str) -> Callable[[Any], Any]:
    function = getattr(keras.activations, name)

    def activation(x: Any) -> Any:
        return function(x)

    activation.__name__ = name
    registered: Callable[[Any], Any] = tf_keras.utils.register_keras_serializable(
        "liteweigh", name
    )(activation)
    return registered


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(tf_keras.activations, name) for name in sorted(SHARED)},
    **{name: _registered(name) for name in KERAS_3_ONLY},
    "silu": tf_keras.activations.swish,
}


def twin_activation(serialised: Any) -> Callable[[Any], Any] | None:
    """The function that tf_keras layers take for an activation of a Keras 3 config.

    Raises:
        ModelError: the function is not known by name; lists those that are.
    """
    if serialised is None:
        return None
    name = serialised
    if isinstance(serialised, dict):
        is_function = serialised["class_name"] == "function"
        name = serialised["config" if is_function else "class_name"]
    if name not in ACTIVATIONS:
        raise ModelError(
            f"its activation “{name}” has no twin in Keras 2. Known are: "
            f"{', '.join(sorted(ACTIVATIONS))}."
        )
    return ACTIVATIONS[name]
