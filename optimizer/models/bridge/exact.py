"""models/bridge/: operations that a layer does as well. Workers only: imports TensorFlow.

tfmot knows the layers, and can prune, cluster and quantize around them; an `Operation` it leaves
alone.
"""

import math
from collections.abc import Callable
from typing import Any

import tf_keras

from optimizer.models.bridge.activations import ACTIVATIONS
from optimizer.models.bridge.operations import Call

layers = tf_keras.layers


def exact_call(function: str, args: Any, kwargs: dict[str, Any]) -> Call | None:
    """The layer that does what `function`, called like this, does; None if there is none.

    Args:
        function: a key of `functions.FUNCTIONS`.
        args: its positional arguments, with the tensors of the twin.
        kwargs: its named arguments.
    """
    name = function.rpartition(".")[2]
    if name in MERGES:
        return _merge(MERGES[name], args, kwargs)
    if name in CONCATENATIONS:
        return _concatenate(*args, **kwargs)
    if not function.startswith("keras.ops.") or len(args) != 1:
        return _tensorflow_activation(function, args, kwargs)
    if name in WITH_ARGUMENTS:
        return WITH_ARGUMENTS[name](args[0], kwargs)
    if name in ACTIVATIONS and not kwargs:
        return Call(layers.Activation, {"activation": ACTIVATIONS[name]}, args[0])
    return None


def _tensorflow_activation(function: str, args: Any, kwargs: dict[str, Any]) -> Call | None:
    kind = TENSORFLOW_ACTIVATIONS.get(function)
    return Call(*kind, args[0]) if kind and len(args) == 1 and not kwargs else None


def _alike(values: Any) -> bool:
    """Whether these are tensors of one rank and dtype, which layers merge as functions do.

    Of unequal ranks, a layer broadcasts from the left and NumPy from the right.
    """
    return all(hasattr(value, "_keras_history") for value in values) and (
        len({(len(tensor.shape), tensor.dtype) for tensor in values}) == 1
    )


def _merge(kind: Any, args: Any, kwargs: dict[str, Any]) -> Call | None:
    return Call(kind, {}, list(args)) if _alike(args) and not kwargs else None


def _concatenate(tensors: Any, axis: int) -> Call | None:
    return Call(layers.Concatenate, {"axis": axis}, list(tensors)) if _alike(tensors) else None


def _softmax(tensor: Any, kwargs: dict[str, Any]) -> Call | None:
    if kwargs["axis"] == -1:
        return Call(layers.Activation, {"activation": "softmax"}, tensor)
    return None if kwargs["axis"] is None else Call(layers.Softmax, kwargs, tensor)


def _leaky_relu(tensor: Any, kwargs: dict[str, Any]) -> Call:
    return Call(layers.LeakyReLU, {"alpha": kwargs["negative_slope"]}, tensor)


def _gelu(tensor: Any, kwargs: dict[str, Any]) -> Call | None:
    return (
        None if kwargs["approximate"] else Call(layers.Activation, {"activation": "gelu"}, tensor)
    )


def _reshape(tensor: Any, kwargs: dict[str, Any]) -> Call | None:
    """The layer leaves the batch alone, as does a −1 in its place if the other sizes agree."""
    newshape, sizes = kwargs["newshape"], tensor.shape[1:]
    batch, *shape = [newshape] if isinstance(newshape, int) else newshape
    if batch != -1 or -1 in shape or None in sizes or math.prod(shape) != math.prod(sizes):
        return None
    return Call(layers.Reshape, {"target_shape": tuple(shape)}, tensor)


def _transpose(tensor: Any, kwargs: dict[str, Any]) -> Call | None:
    batch, *dims = kwargs["axes"] or [None]
    return Call(layers.Permute, {"dims": tuple(dims)}, tensor) if batch == 0 and dims else None


def _mean(tensor: Any, kwargs: dict[str, Any]) -> Call | None:
    """The mean over all places of a feature map, as in squeeze-and-excite."""
    axis, rank = kwargs["axis"], len(tensor.shape)
    axes = sorted(a % rank for a in ([axis] if isinstance(axis, int) else axis or []))
    kind = {3: layers.GlobalAveragePooling1D, 4: layers.GlobalAveragePooling2D}.get(rank)
    if kind is None or axes != list(range(1, rank - 1)) or not tensor.dtype.is_floating:
        return None
    return Call(kind, {"keepdims": kwargs["keepdims"], "data_format": "channels_last"}, tensor)


MERGES = {"add": layers.Add, "subtract": layers.Subtract, "multiply": layers.Multiply,
          "maximum": layers.Maximum, "minimum": layers.Minimum}  # fmt: skip
CONCATENATIONS = {"concatenate", "concat"}
TENSORFLOW_ACTIVATIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "tf.nn.relu": (layers.ReLU, {}),
    "tf.nn.relu6": (layers.ReLU, {"max_value": 6.0}),
    "tf.nn.silu": (layers.Activation, {"activation": "swish"}),
    "tf.nn.softmax": (layers.Activation, {"activation": "softmax"}),
    "tf.math.sigmoid": (layers.Activation, {"activation": "sigmoid"}),
    "tf.math.tanh": (layers.Activation, {"activation": "tanh"}),
}
WITH_ARGUMENTS: dict[str, Callable[[Any, dict[str, Any]], Call | None]] = {
    "relu": lambda tensor, _: Call(layers.ReLU, {}, tensor),
    "relu6": lambda tensor, _: Call(layers.ReLU, {"max_value": 6.0}, tensor),
    "softmax": _softmax,
    "leaky_relu": _leaky_relu,
    "elu": lambda tensor, kwargs: Call(layers.ELU, kwargs, tensor),
    "gelu": _gelu,
    "reshape": _reshape,
    "transpose": _transpose,
    "mean": _mean,
}
