"""models/bridge/: the arguments of a function as JSON. Workers only: imports TensorFlow."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from optimizer.errors import ModelError


def encode(args: Any, kwargs: dict[str, Any]) -> tuple[str, list[Any]]:
    """Splits arguments into JSON and the symbolic tensors among them, in the order of their places.

    Raises:
        ModelError: an argument is of a kind that cannot be written down.
    """
    tensors: list[Any] = []
    text = json.dumps([_encode(list(args), tensors), _encode(kwargs, tensors)])
    return text, tensors


def decode(text: str, tensors: Any) -> tuple[list[Any], dict[str, Any]]:
    """The (args, kwargs) that `encode` made `text` of, with `tensors` in their places."""
    args, kwargs = _decode(json.loads(text), tensors)
    return args, kwargs


def _encode(value: Any, tensors: list[Any]) -> Any:
    if hasattr(value, "_keras_history"):
        tensors.append(value)
        return {"tensor": len(tensors) - 1}
    if isinstance(value, dict):
        return {"dict": {key: _encode(item, tensors) for key, item in value.items()}}
    if isinstance(value, list):
        return [_encode(item, tensors) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_encode(item, tensors) for item in value]}
    if isinstance(value, slice):
        return {"slice": [_encode(item, tensors) for item in (value.start, value.stop, value.step)]}
    return _encode_constant(value)


def _encode_constant(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, tf.DType):
        return {"dtype": value.name}
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        return {"array": array.tolist(), "dtype": array.dtype.name}
    raise ModelError(f"one of its arguments is a {type(value).__name__}, which cannot be stored.")


def _decode(value: Any, tensors: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_decode(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {key: _decode(item, tensors) for key, item in value["dict"].items()}
    if "array" in value:
        return tf.constant(value["array"], value["dtype"])
    [(kind, content)] = value.items()
    return DECODERS[kind](content, tensors)


DECODERS: dict[str, Callable[[Any, Any], Any]] = {
    "tensor": lambda index, tensors: tensors[index],
    "tuple": lambda items, tensors: tuple(_decode(items, tensors)),
    "slice": lambda items, tensors: slice(*_decode(items, tensors)),
    "ellipsis": lambda _, __: Ellipsis,
    "dtype": lambda name, _: tf.as_dtype(name),
}
