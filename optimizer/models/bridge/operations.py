"""models/bridge/: what `x + y` and `x[:, 1]` become. Workers only: imports TensorFlow.

tf_keras would make TFOpLambda layers of them, which name any function of TensorFlow. This layer
names one of a table, and is plain JSON.
"""

from dataclasses import dataclass
from typing import Any

import tf_keras

from optimizer.models.bridge.arguments import decode, encode
from optimizer.models.bridge.functions import FUNCTIONS


@tf_keras.utils.register_keras_serializable(package="liteweigh")
class Operation(tf_keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A function of the table `FUNCTIONS`, applied to one tensor or a list of tensors.

    Like an operation of Keras 3, it does not hand on the mask of a sequence.
    """

    def __init__(self, function: str, arguments: str, **kwargs: Any) -> None:
        """`arguments` is the text that `arguments.encode` makes of (args, kwargs).

        It stays text, because tf_keras wraps lists and dicts that are attributes of a layer.
        """
        super().__init__(autocast=False, **kwargs)
        self.function = function
        self.arguments = arguments

    def call(self, inputs: Any) -> Any:
        """Calls the function with the tensors in their places."""
        tensors = inputs if isinstance(inputs, list | tuple) else [inputs]
        args, kwargs = decode(self.arguments, tensors)
        return FUNCTIONS[self.function](*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "function": self.function, "arguments": self.arguments}


@dataclass(frozen=True)
class Call:
    """A tf_keras layer that is yet to be made, and what to call it on.

    Attributes:
        kind: the class of the layer.
        config: the arguments of its constructor, without the name.
        inputs: a tensor or a list of tensors.
    """

    kind: Any
    config: dict[str, Any]
    inputs: Any

    def make(self, name: str) -> Any:
        """A new layer."""
        return self.kind(**self.config, name=name, dtype="float32")


def operation_call(function: str, args: Any, kwargs: dict[str, Any]) -> Call:
    """The `Operation` that calls a function of `FUNCTIONS` like this.

    Raises:
        ModelError: an argument cannot be written down.
    """
    arguments, tensors = encode(args, kwargs)
    config = {"function": function, "arguments": arguments}
    return Call(Operation, config, tensors[0] if len(tensors) == 1 else tensors)
