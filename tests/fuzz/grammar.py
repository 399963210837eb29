"""tests/fuzz: right files into which wrong things are planted, over all that a form can say.

What `mutations.py` does to bytes this does to descriptions, graphs and tables: most of what comes
out is well formed, so that it gets as far as a library that builds or runs models.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.fuzz.effects import HOSTILE
from tests.hostile.keras_files import bytecode
from tests.hostile.tflite_files import changed

Config = dict[str, Any]
FOREIGN = HOSTILE
"""A module that is not there: to look for it is an import that a file has asked for."""
CLASSES = [
    "Dense", "Activation", "TimeDistributed", "Bidirectional", "LSTM", "Lambda", "Sequential",
    "Functional", "InputLayer", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "Thing",
    "StringLookup", "Zeros", "L2", "MaxNorm", "Adam", "Policy", "DTypePolicy", "Wrapper",
    "Custom>Adam", "keras>Dense", "Custom>Thing", "function", "class", "__lambda__", "__slice__",
    "__tuple__", "__tensor__", "__numpy__", "__keras_tensor__", "__ellipsis__", "__typespec__",
    "TensorShape", "TypeSpec",
]  # fmt: skip
HOME = ["", "builtins", "keras", "keras.layers", "keras.initializers", "keras.saving",
        "keras.src.models", "tf_keras.src.engine.training", "tensorflow", "os"]  # fmt: skip
ELSEWHERE = [FOREIGN, f"keras.{FOREIGN}", f"tf_keras.src.{FOREIGN}", f"{FOREIGN}.inner"]
FUNCTIONS = ["relu", "math.add", "io.write_file", "io.read_file", "py_function", "system", "eval",
             "numpy_function", "raw_ops.WriteFile", "keras.utils.get_file", "Thing"]  # fmt: skip
SLOTS = [
    "activation", "kernel_initializer", "bias_regularizer", "kernel_constraint", "dtype", "layer",
    "cell", "forward_layer", "layers", "function", "arguments", "vocabulary", "custom_objects",
    "compile_config", "build_config", "inbound_nodes", "shared_object_id", "loss",
]  # fmt: skip


@st.composite
def _names(draw: st.DrawFn) -> Config:
    """What a node says of its class; any of it may be left out."""
    named: Config = {"class_name": draw(st.sampled_from(CLASSES))}
    if draw(st.booleans()):
        named["module"] = draw(st.sampled_from([None, *HOME, *ELSEWHERE, *ELSEWHERE]))
    if draw(st.booleans()):
        named["registered_name"] = draw(st.none() | st.sampled_from(CLASSES))
    if draw(st.integers(0, 4)) == 0:
        named["shared_object_id"] = draw(st.integers(0, 2))
    return named


def nodes(marker: str) -> st.SearchStrategy[Any]:
    """Values that a description may have anywhere, most of which lead to something else.

    Args:
        marker: A path that must not come to be.
    """
    code = bytecode(Path(marker))
    leaves = (
        st.none() | st.booleans() | st.integers(-2, 9)
        | st.sampled_from([*FUNCTIONS, marker, f"{FOREIGN}.Thing", f"{FOREIGN}>Thing"])
        | st.just([code, None, [marker]])
    )  # fmt: skip

    def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        config = inner | st.dictionaries(st.sampled_from(SLOTS), inner, max_size=3)
        node = st.builds(lambda names, config: {**names, "config": config}, _names(), config)
        return node | st.lists(inner, max_size=3)

    return st.recursive(leaves, larger, max_leaves=6)


@st.composite
def planted(draw: st.DrawFn, sources: list[Config], marker: str) -> Config:
    """One of the descriptions with up to three things in the place of, or beside, others."""
    config: Config = json.loads(json.dumps(draw(st.sampled_from(sources))))
    node = nodes(marker)
    if draw(st.integers(0, 3)) == 0:
        config.update(draw(_names()))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(config))
        if draw(st.booleans()):
            objects = [(one, key) for one, key in places if "class_name" in _keys(one[key])]
            places = objects or places
        container, key = places[draw(st.integers(0, len(places) - 1))]
        old = container[key]
        how = draw(st.sampled_from(["name", "name", "add", "replace"]))
        if how == "name" and isinstance(old, dict):
            old.update(draw(_names()))
        elif how == "add" and isinstance(old, dict):
            old[draw(st.sampled_from(SLOTS))] = draw(node)
        else:
            container[key] = draw(node)
    return config


def _places(config: Any) -> Iterator[tuple[Any, Any]]:
    waiting = [config]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            yield one, key
            if isinstance(one[key], dict | list):
                waiting.append(one[key])


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def described(library: Any) -> list[Config]:
    """Descriptions of models with all that leads from one object to another.

    As `.keras` files have them, and as `.h5` files do.
    """
    layers, initializers = library.layers, library.initializers
    inputs = library.Input((5, 4), name="given")
    shared = layers.Dense(4, kernel_initializer=initializers.GlorotUniform(1), name="shared")
    x = layers.TimeDistributed(shared)(inputs)
    x = layers.Bidirectional(layers.LSTM(3, kernel_regularizer="l2", name="lstm"))(shared(x))
    nested = library.Sequential(
        [library.Input((6,)), layers.Dense(2, kernel_constraint="max_norm")]
    )
    functional = library.Model(inputs, layers.Activation("softmax")(nested(x) + 1.0))
    models = (functional, nested)
    newer = [json.loads(json.dumps(library.saving.serialize_keras_object(m))) for m in models]
    return [*newer, *(json.loads(model.to_json()) for model in models)]


# ---- graphs ----------------------------------------------------------------------------------

OPERATORS = [
    "WriteFile", "ReadFile", "SaveV2", "RestoreV2", "MergeV2Checkpoints", "PrintV2", "Save",
    "MatchingFiles", "PyFunc", "EagerPyFunc", "PyFuncStateless", "Identity", "NoOp", "Print",
    "ShardedFilename", "PartitionedCall", "StatefulPartitionedCall", "If", "While", "theirs",
    "InitializeTableFromTextFileV2", "TextLineDataset", "MatMul", "Const",
]  # fmt: skip


WHOLE_NODES: dict[str, list[str]] = {
    "WriteFile": ["where", "what"], "ReadFile": ["where"], "MatchingFiles": ["where"],
    "PrintV2": ["what"], "NoOp": ["^where"],
}  # fmt: skip
"""Operators with all that they take, so that they run wherever they are let through."""


@st.composite
def graphs(draw: st.DrawFn, content: bytes, marker: str) -> bytes:
    """A frozen graph with nodes, functions and attributes beside its own.

    Args:
        draw: Hypothesis's.
        content: The graph's.
        marker: A path that must not come to be.
    """
    from tensorflow.core.framework.graph_pb2 import GraphDef

    graph = GraphDef.FromString(content)
    texts = ["where", "what"]
    for name, text in zip(texts, (marker, "ran"), strict=True):
        constant(graph.node.add(name=name), text, packed=draw(st.booleans()))
    places: list[Any] = [graph.node]
    if draw(st.booleans()):
        function = graph.library.function.add()
        function.signature.name = draw(st.sampled_from(["theirs", "WriteFile", "MatMul"]))
        places.append(function.node_def)
    for operator in draw(st.lists(st.sampled_from(sorted(WHOLE_NODES)), max_size=2, unique=True)):
        node = graph.node.add(name=f"whole{operator}", op=operator)
        node.input.extend(WHOLE_NODES[operator])
        if operator == "PrintV2":
            node.attr["output_stream"].s = f"file://{marker}".encode()
    for number in range(draw(st.integers(0, 2))):
        node = draw(st.sampled_from(places)).add(name=f"new{number}")
        node.op = draw(st.sampled_from(OPERATORS))
        node.input.extend(draw(st.lists(st.sampled_from([*texts, "^where", "x"]), max_size=3)))
        for key in draw(
            st.lists(st.sampled_from(["f", "then_branch", "body", "T", "s"]), max_size=2)
        ):
            if key == "s":
                node.attr[key].s = marker.encode()
            elif key == "T":
                node.attr[key].type = 1
            elif draw(st.booleans()):
                node.attr[key].func.name = draw(st.sampled_from(["theirs", "WriteFile"]))
            else:
                node.attr[key].list.func.add(name="theirs")
    return bytes(graph.SerializeToString())


def constant(node: Any, text: str, *, packed: bool) -> None:
    """Makes of a node a text, in one of the two encodings that TensorFlow reads."""
    node.op = "Const"
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = 7  # DT_STRING
    tensor = node.attr["value"].tensor
    if packed and len(text) < 128:
        tensor.tensor_content = bytes([len(text)]) + text.encode()
    else:
        tensor.string_val.append(text.encode())


# ---- .tflite ---------------------------------------------------------------------------------

WHOLE = [-(2**31), -1, 0, 1, 2, 3, 7, 32, 99, 127, 2**31 - 1]


@st.composite
def tables(draw: st.DrawFn, content: bytes) -> bytes:
    """A `.tflite` of which up to four fields say something else."""

    def change(model: Any) -> None:
        for _ in range(draw(st.integers(1, 4))):
            fields = list(_fields(model))
            part, name = fields[draw(st.integers(0, len(fields) - 1))]
            setattr(part, name, draw(_other(getattr(part, name))))

    try:
        return changed(change, content)
    except Exception:  # noqa: BLE001 (what no program could write)
        return content


def _fields(part: Any) -> Iterator[tuple[Any, str]]:
    for name, value in vars(part).items():
        yield part, name
        for inner in value if isinstance(value, list) else [value]:
            if type(inner).__module__.startswith("ai_edge_litert"):
                yield from _fields(inner)


def _other(value: Any) -> st.SearchStrategy[Any]:
    whole: Callable[[], st.SearchStrategy[int]] = lambda: st.sampled_from(WHOLE)  # noqa: E731
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return whole()
    if isinstance(value, bytes | str):
        return st.sampled_from(["", "x", "FlexWriteFile", "../../x", "é" * 300])
    if isinstance(value, np.ndarray):
        items = st.sampled_from([-1, 0, 1, 2, 3, 7, 100])
        return st.lists(items, max_size=6).map(lambda new: np.array(new).astype(value.dtype))
    if isinstance(value, list) and value:
        return st.sampled_from([[], value[:-1], value[::-1], [*value, value[0]], value[1:]])
    return st.none() | st.lists(whole(), max_size=3)
