"""models/bridge/: the graph of a model, seen flat. Workers only: imports TensorFlow.

Keras 3 and tf_keras keep the same graph under other names, and both hide the calls of a nested
model inside of it. Here all of them are a row of steps.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import tf_keras

from optimizer.errors import ModelError


@dataclass(frozen=True)
class Step:
    """One call of a layer or operation in a flat graph.

    Attributes:
        operation: what is called; a shared layer is called in several steps. The input layer of a
            nested model is a step too, because it casts what it is given to its own dtype.
        name: its name in the flat graph, which no other operation has.
        args: the positional arguments, with values in place of symbolic tensors.
        kwargs: the named arguments, likewise.
        outputs: the symbolic tensors that it returns in its own model, in a row.
    """

    operation: Any
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: tuple[Any, ...] = ()


def run(model: Any, inputs: list[Any], call: Callable[[Step], Any]) -> list[Any]:
    """Runs `call` on every step from inputs to outputs, and those of nested models in between.

    Args:
        model: a keras.Model or tf_keras.Model.
        inputs: one value for each of `model.inputs`, of whatever kind `call` works with.
        call: makes the values that a step returns, in the structure the layer returns them.

    Returns:
        one value for each of `model.outputs`.

    Raises:
        ModelError: `model`, or a model nested in it, has no graph.
    """
    return _run(graph_of(model), inputs, call, flat_names(model))


def graph_of(model: Any) -> Any:
    """The functional graph of `model`.

    Raises:
        ModelError: it has none, because it was subclassed or never built.
    """
    graph = getattr(model, "_functional", model)  # where a Keras 3 Sequential keeps its graph
    if getattr(graph, "_nodes_by_depth", None) is None:
        raise ModelError(
            f"The model “{model.name}” ({type(model).__name__}) has no graph of layers. Build it "
            "with the functional API or as a Sequential with an Input, and save it again."
        )
    return graph


def is_model(operation: Any) -> bool:
    """Whether `operation` is a model of Keras 3 or tf_keras."""
    return isinstance(operation, keras.Model | tf_keras.Model)


def is_input_layer(operation: Any) -> bool:
    """Whether `operation` only stands for an input of its model."""
    return isinstance(operation, keras.layers.InputLayer | tf_keras.layers.InputLayer)


def producer(tensor: Any) -> Any:
    """The layer or operation that made a symbolic tensor."""
    return tensor._keras_history[0]


def flat_names(model: Any) -> dict[int, str]:
    """Names every operation, by its `id`, so that no name occurs twice in the flat graph.

    A name stays as it is unless it occurs again elsewhere: then the operations of nested models
    get the names of those models in front of theirs. Characters that tf_keras does not take in a
    name (a space, say) become underscores.

    Raises:
        ModelError: `model`, or a model nested in it, has no graph.
    """
    paths: dict[int, tuple[str, ...]] = {}
    _collect(graph_of(model), (), paths)
    counts = Counter(path[-1] for path in paths.values())
    names: dict[int, str] = {}
    for key, path in paths.items():
        name = path[-1] if len(path) == 1 or counts[path[-1]] == 1 else "_".join(path)
        names[key] = _unused(_allowed(name), set(names.values()))
    return names


def _allowed(name: str) -> str:
    """`name` as a root scope of TensorFlow may be called."""
    name = re.sub(r"[^A-Za-z0-9_./>-]", "_", name)
    return name if re.match(r"[A-Za-z0-9.]", name) else f"layer{name}"


def _unused(name: str, taken: set[str]) -> str:
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}" if name in taken else name


def _collect(graph: Any, outer: tuple[str, ...], paths: dict[int, tuple[str, ...]]) -> None:
    """Finds where each operation is, those of the outer models first."""
    operations = [producer(tensor) for tensor in graph.inputs]
    operations += [operation for operation, *_ in _calls(graph)]
    for operation in operations:
        if not is_model(operation):
            paths.setdefault(id(operation), (*outer, operation.name))
    for operation in operations:
        if is_model(operation):
            _collect(graph_of(operation), (*outer, operation.name), paths)


def _run(
    graph: Any, inputs: list[Any], call: Callable[[Step], Any], names: dict[int, str]
) -> list[Any]:
    values = {id(tensor): value for tensor, value in zip(graph.inputs, inputs, strict=True)}

    def filled(structure: Any) -> Any:
        return keras.tree.map_structure(lambda x: values.get(id(x), x), structure)

    for operation, symbolic_args, symbolic_kwargs, outputs in _calls(graph):
        args, kwargs = filled(tuple(symbolic_args)), filled(dict(symbolic_kwargs))
        # The twin decides anew when it is trained; inference is what both have in common.
        kwargs.pop("training", None)
        if is_model(operation):
            inner = graph_of(operation)
            given = keras.tree.flatten(args[0] if args else kwargs["inputs"])
            entered = [
                call(Step(producer(tensor), names[id(producer(tensor))], (value,), {}, (tensor,)))
                for tensor, value in zip(inner.inputs, given, strict=True)
            ]
            results = _run(inner, entered, call, names)
        else:
            step = Step(operation, names[id(operation)], args, kwargs, tuple(outputs))
            results = keras.tree.flatten(call(step))
        values.update((id(t), value) for t, value in zip(outputs, results, strict=True))
    return [values[id(tensor)] for tensor in graph.outputs]


def _calls(graph: Any) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    """Yields (operation, args, kwargs, output tensors) in topological order, without inputs."""
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        if depth < 0:  # tf_keras files what add_loss and add_metric made below the outputs
            return
        for node in graph._nodes_by_depth[depth]:
            if node.is_input:
                continue
            if isinstance(graph, tf_keras.Model):
                outputs = keras.tree.flatten(node.outputs)
                yield node.layer, node.call_args, node.call_kwargs, outputs
            else:
                yield node.operation, node.arguments.args, node.arguments.kwargs, node.outputs
