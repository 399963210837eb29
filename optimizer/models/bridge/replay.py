"""models/bridge/: replays a model's graph in tf_keras. Workers only: imports TensorFlow."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import keras
import tf_keras

from optimizer.errors import ModelError
from optimizer.models.bridge.copy_weights import copy_weights
from optimizer.models.bridge.exact import exact_call
from optimizer.models.bridge.functions import function_call, is_operation
from optimizer.models.bridge.keras_graph import (
    Step,
    flat_names,
    graph_of,
    is_input_layer,
    producer,
    run,
)
from optimizer.models.bridge.layers import is_only_augmentation, make_twin
from optimizer.models.bridge.operations import operation_call
from optimizer.models.bridge.precision import float32_dtype
from optimizer.words import first_sentence


def to_tf_keras(model: Any) -> Any:
    """A fresh, flat, functional tf_keras model in float32 with the same weights as `model`.

    Args:
        model: a functional or Sequential keras.Model or tf_keras.Model. It is not changed, and
            shares nothing with the twin.

    Returns:
        a tf_keras.Model that takes and returns lists in the order of `model.inputs` and
        `model.outputs`, with the names that `graph.flat_names` gives to its layers.

    Raises:
        ModelError: names the layer or operation that cannot be carried over, and why.
    """
    names = flat_names(model)
    inputs = [_input(tensor, names[id(producer(tensor))]) for tensor in graph_of(model).inputs]
    outputs = run(model, inputs, _Replay())
    return tf_keras.Model(inputs, outputs, name=model.name)


def _input(tensor: Any, name: str) -> Any:
    batch, *shape = tensor.shape
    return tf_keras.Input(shape, batch_size=batch, dtype=_twin_dtype(tensor), name=name)


def _twin_dtype(tensor: Any) -> str:
    return float32_dtype(keras.backend.standardize_dtype(tensor.dtype))


class _Replay:
    """Calls on tensors of tf_keras what a step calls on tensors of its model.

    Attributes:
        twins: the layers made so far, by the `id` of what they stand for.
        unmasked: tensors without their mask, by the `id` of the tensor with it.
    """

    def __init__(self) -> None:
        self.twins: dict[int, Any] = {}
        self.unmasked: dict[int, Any] = {}

    def __call__(self, step: Step) -> Any:
        """What the twin returns for this step."""
        try:
            if is_input_layer(step.operation):
                return self._cast(step, _twin_dtype(step.operation.output))
            if is_only_augmentation(step.operation):
                return self._cast(step, "float32")
            if is_operation(step.operation):
                return self._operation(step)
            return self._layer(step)
        except Exception as error:
            raise ModelError(
                f"The layer “{step.name}” ({type(step.operation).__name__}) cannot be carried over "
                "to Keras 2, which pruning, clustering and quantization-aware training need: "
                f"{_reason(error)} Techniques that only convert work with this model."
            ) from error

    def _cast(self, step: Step, dtype: str) -> Any:
        [tensor] = step.args
        if tensor.dtype.name == dtype:
            return tensor
        cast = operation_call("keras.ops.cast", [tensor], {"dtype": dtype})
        return self._called(step, lambda: cast.make(step.name), (cast.inputs,), {})

    def _operation(self, step: Step) -> Any:
        function, args, kwargs = function_call(step.operation, step.args, step.kwargs)
        call = exact_call(function, args, kwargs) or operation_call(function, args, kwargs)
        return self._called(step, lambda: call.make(step.name), (call.inputs,), {})

    def _layer(self, step: Step) -> Any:
        layer = step.operation
        if getattr(layer, "stateful", False):
            raise ModelError("it goes on from call to call. Save the model with stateful=False.")
        args, kwargs = step.args, step.kwargs
        if isinstance(layer, keras.layers.Layer):
            args, kwargs = _by_name(layer, args, kwargs)
        fresh = id(layer) not in self.twins
        results = self._called(step, lambda: make_twin(layer, step.name, to_tf_keras), args, kwargs)
        if fresh:
            copy_weights(layer, self.twins[id(layer)])
        return results

    def _called(self, step: Step, make: Callable[[], Any], args: Any, kwargs: Any) -> Any:
        key = id(step.operation)
        twin = self.twins[key] = self.twins.get(key) or make()
        # Operations of Keras 3 lose the mask of a sequence, and the layers that stand for them
        # here would hand it on.
        if twin.supports_masking and not getattr(step.operation, "supports_masking", False):
            args, kwargs = keras.tree.map_structure(self._without_mask, (args, kwargs))
        return twin(*args, **kwargs)

    def _without_mask(self, tensor: Any) -> Any:
        if getattr(tensor, "_keras_mask", None) is None:
            return tensor
        if id(tensor) not in self.unmasked:
            call = operation_call("tf.identity", [tensor], {})
            name = f"{producer(tensor).name}_without_mask_{len(self.unmasked)}"
            self.unmasked[id(tensor)] = call.make(name)(tensor)
        return self.unmasked[id(tensor)]


def _reason(error: Exception) -> str:
    """What is wrong, without the layer and the stack of calls that tf_keras writes before it."""
    if isinstance(error, ModelError):
        return str(error)
    text = re.sub(r"\AException encountered.*\n", "", str(error))
    under_stack = re.search(r"^ +\w+Error: (.+)", text, re.MULTILINE)
    return first_sentence(Exception(under_stack[1] if under_stack else text or repr(error)))


def _by_name(layer: Any, args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The first argument by place and the others by name, since tf_keras orders them otherwise."""
    first, *others = inspect.signature(layer.call).bind(*args, **kwargs).arguments.items()
    return (first[1],), {name: value for name, value in others if value is not None}
