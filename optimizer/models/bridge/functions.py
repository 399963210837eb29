"""models/bridge/: the functions that may stand in a graph. Workers only: imports TensorFlow.

A graph may hold functions between its layers: `x + y`, `x[:, 1]`, `keras.ops.mean(x)`.
"""

import re
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tf_keras

from optimizer.errors import ModelError

KERAS_3 = ("abs", "absolute", "add", "all", "amax", "amin", "any", "arccos", "arcsin", "arctan",
           "arctan2", "argmax", "argmin", "average", "average_pool", "broadcast_to", "cast",
           "ceil", "celu", "clip", "concatenate", "conv", "copy", "cos", "cumsum",
           "depth_to_space", "depthwise_conv", "divide", "divide_no_nan", "dot", "elu", "equal",
           "erf", "exp", "expand_dims", "expm1", "flip", "floor", "floor_divide", "full_like",
           "gelu", "get_item", "glu", "greater", "greater_equal", "hard_shrink", "hard_sigmoid",
           "hard_silu", "hard_tanh", "leaky_relu", "less", "less_equal", "log", "log10", "log1p",
           "log2", "log_sigmoid", "log_softmax", "logaddexp", "logical_and", "logical_not",
           "logical_or", "logsumexp", "matmul", "max", "max_pool", "maximum", "mean", "min",
           "minimum", "mod", "moveaxis", "multiply", "nan_to_num", "negative", "norm", "normalize",
           "not_equal", "one_hot", "ones_like", "pad", "power", "prod", "ravel", "reciprocal",
           "relu", "relu6", "repeat", "reshape", "roll", "round", "rsqrt", "selu", "sigmoid",
           "sign", "silu", "sin", "soft_shrink", "softmax", "softplus", "softsign",
           "space_to_depth", "split", "sqrt", "square", "squareplus", "squeeze", "stack", "std",
           "stop_gradient", "subtract", "sum", "swapaxes", "take", "take_along_axis", "tan",
           "tanh", "tanh_shrink", "tensordot", "threshold", "tile", "top_k", "transpose",
           "true_divide", "unstack", "var", "where", "zeros_like")  # fmt: skip
SINCE_KERAS_3_13 = {"depth_to_space", "space_to_depth"}  # Python 3.10 has Keras 3.12
KERAS_3_IMAGE = ("crop_images", "pad_images", "resize", "rgb_to_grayscale")
TENSORFLOW = ("cast", "clip_by_value", "concat", "einsum", "expand_dims", "gather", "identity",
              "image.resize", "linalg.matmul", "math.abs", "math.add", "math.argmax",
              "math.argmin", "math.ceil", "math.cos", "math.cumsum", "math.divide",
              "math.divide_no_nan", "math.equal", "math.exp", "math.floor", "math.floormod",
              "math.greater", "math.greater_equal", "math.l2_normalize", "math.less",
              "math.less_equal", "math.log", "math.log1p", "math.maximum", "math.minimum",
              "math.multiply", "math.negative", "math.not_equal", "math.pow", "math.reciprocal",
              "math.reduce_max", "math.reduce_mean", "math.reduce_min", "math.reduce_prod",
              "math.reduce_std", "math.reduce_sum", "math.reduce_variance", "math.round",
              "math.rsqrt", "math.sigmoid", "math.sign", "math.sin", "math.softplus", "math.sqrt",
              "math.square", "math.squared_difference", "math.subtract", "math.tanh",
              "math.truediv", "nn.avg_pool2d", "nn.depth_to_space", "nn.elu", "nn.gelu",
              "nn.leaky_relu", "nn.log_softmax", "nn.max_pool2d", "nn.relu", "nn.relu6", "nn.selu",
              "nn.silu", "nn.softmax", "nn.space_to_depth", "one_hot", "ones_like", "pad",
              "repeat", "reshape", "reverse", "roll", "slice", "split", "squeeze", "stack",
              "stop_gradient", "tile", "transpose", "unstack", "where", "zeros_like")  # fmt: skip
# Functions that TFOpLambda calls otherwise, because they are operators or call an older one.
ALIASES = {"__operators__.add": "math.add", "__operators__.eq": "math.equal",
           "__operators__.ne": "math.not_equal", "compat.v1.transpose": "transpose"}  # fmt: skip


def _resolved(root: Any, path: str) -> Callable[..., Any]:
    for part in path.split("."):
        root = getattr(root, part)
    function: Callable[..., Any] = root
    return function


def _get_item(x: Any, slice_spec: Any) -> Any:
    parts = slice_spec if isinstance(slice_spec, list | tuple) else [slice_spec]
    # SlicingOpLambda writes slices as dicts.
    key = [slice(p["start"], p["stop"], p["step"]) if isinstance(p, dict) else p for p in parts]
    return x[tuple(key)]


def _einsum(*operands: Any, subscripts: str) -> Any:
    return keras.ops.einsum(subscripts, *operands)


# Every function that may stand in a graph, by its public name.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        f"keras.ops.{name}": _resolved(keras.ops, name)
        for name in KERAS_3
        if name not in SINCE_KERAS_3_13 or hasattr(keras.ops, name)
    },
    **{f"keras.ops.{name}": _resolved(keras.ops.image, name) for name in KERAS_3_IMAGE},
    "keras.ops.einsum": _einsum,
    **{f"tf.{name}": _resolved(tf, name) for name in TENSORFLOW},
    "tf.__operators__.getitem": _get_item,
}


def is_operation(operation: Any) -> bool:
    """Whether this is no layer of its own but a function in a graph, of Keras 3 or TensorFlow."""
    if isinstance(operation, tf_keras.layers.Layer):
        return type(operation).__name__ in {"TFOpLambda", "SlicingOpLambda"}
    return not isinstance(operation, keras.layers.Layer)


def function_call(
    operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """A call of an operation as (key of `FUNCTIONS`, args, kwargs).

    Raises:
        ModelError: the table does not have it.
    """
    if isinstance(operation, tf_keras.layers.Layer):
        function, static = f"tf.{ALIASES.get(operation.symbol, operation.symbol)}", {}
    else:
        function = f"keras.ops.{_snake_case(type(operation).__name__)}"
        static = operation.get_config()  # Keras 3 keeps what is no tensor in the operation
    if function not in FUNCTIONS:
        raise ModelError(f"{function} is not among the operations that can be carried over.")
    return function, args, {k: v for k, v in {**static, **kwargs}.items() if k != "name"}


def _snake_case(name: str) -> str:
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
