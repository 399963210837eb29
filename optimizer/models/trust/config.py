"""models/trust/: reads a model's config for code before anything is loaded.

Keras rebuilds a model by calling what its JSON names. tf_keras does so for Lambda layers and for
`TFOpLambda` nodes (any TensorFlow function, file writers included) even with `safe_mode=True`, and
it imports any module that the JSON names; so only what is known to compute is let through.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import isfunction
from types import ModuleType
from typing import Any

from optimizer.errors import ModelError
from optimizer.models.open_options import ModelQuestion, UndecidedModelError
from optimizer.models.packages import registered
from optimizer.models.trust.functions import FUNCTIONS
from optimizer.models.trust.keras_classes import (
    ACTIVATIONS,
    RUNS_CODE,
    VALUES,
    exported,
    is_shipped,
)
from optimizer.models.trust.operators import COMPUTES
from optimizer.models.trust.resolve import FIELDS_OF_VALUES, FUNCTION, own_class
from optimizer.models.trust.size_limits import check_sizes
from optimizer.models.trust.slots import misplaced, names_nothing
from optimizer.words import listed, one_line

CALLS_FUNCTION = {"TFOpLambda", "SlicingOpLambda"}
CALLS_OPERATOR = "TensorFlowOpLayer"
SPECS = {"tf.TensorSpec", "tf.RaggedTensorSpec", "tf.SparseTensorSpec"}


@dataclass
class _Found:
    """What a config names that is not known to compute only.

    Attributes:
        code: What would run: Lambda layers, functions, files that would be read.
        unknown: Classes and functions whose Python code is needed.
        misplaced: Classes of Keras where it takes others, in words.
    """

    code: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    misplaced: set[str] = field(default_factory=set)


def check(
    config: dict[str, Any],
    keras: ModuleType,
    *,
    trusted: bool = False,
    stored: int | None = None,
) -> None:
    """Refuses a config that names anything but what is known to compute, or absurd sizes.

    The outermost `compile_config` is not looked at: models are loaded with `compile=False`, so the
    user's own loss does not matter. That of a nested model is executed by Keras, and looked at.

    Args:
        config: The JSON that describes the model.
        keras: The library that will rebuild it: keras or tf_keras.
        trusted: Whether the user lets code in the file run; sizes are checked all the same.
        stored: Bytes of weights in the file; None if unknown.

    Raises:
        UndecidedModelError: it holds code, which the user may trust, or it needs code that the user
            may give.
        ModelError: it declares absurd sizes, or has a class where Keras takes others.
    """
    config = {**config, "compile_config": None}
    found = _Found()
    for node in nodes(config):
        _look(node, keras, found)
    if found.unknown:
        raise UndecidedModelError(
            f"The model needs code that is not in its file ({_quoted(found.unknown)}). Give the "
            "Python file that defines it (--code), name the installed package that registers it "
            "with Keras in LITEWEIGH_PACKAGES, replace it by layers that Keras ships, or export "
            "the model as a SavedModel and upload that.",
            ModelQuestion(layers=tuple(sorted(found.unknown))),
        )
    if found.code and not trusted:
        raise UndecidedModelError(
            f"The model holds code of its own ({_quoted(found.code)}), which is not run here. "
            "Replace it by layers that Keras ships and save it again, or open it with “I trust "
            "this file” (--trust) if you know who made it.",
            ModelQuestion(code=tuple(sorted(found.code))),
        )
    if found.misplaced:
        raise ModelError(
            f"The model's description has {listed(sorted(found.misplaced), most=3)}. "
            "It is damaged; save the model again."
        )
    check_sizes(config, stored)


def nodes(config: object) -> Iterator[dict[str, Any]]:
    """Every JSON object within `config`, however deep."""
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list | tuple):
            waiting.extend(node)


def _look(node: dict[str, Any], keras: ModuleType, found: _Found) -> None:
    if "class_name" in node:
        _look_at_class(node, keras, found)
    for key, value in node.items():
        for name, kind in misplaced(key, value, keras):
            found.misplaced.add(f"“{one_line(name)}” as its {one_line(key)}, which is no {kind}")
        if not isinstance(value, str):
            continue
        if key in {"vocabulary", "vocabulary_file"}:  # a list is a vocabulary, a text is a path
            found.code.add(f"reads the file {value}")
        if names_nothing(key, value, keras) and not registered(value, keras):
            found.unknown.add(value)


def _look_at_class(node: dict[str, Any], keras: ModuleType, found: _Found) -> None:
    name, module = node["class_name"], node.get("module") or ""
    registered_name = node.get("registered_name") or name
    if not all(isinstance(text, str) for text in (name, module, registered_name)):
        found.unknown.add(str(name))
        return
    names = {name, registered_name}
    shorts = {text.rpartition(">")[2] for text in names}
    if shorts & RUNS_CODE:
        found.code.add(name)
    elif name == FUNCTION:
        _look_at_function(node, module, keras, found)
    elif _is_value(node):
        pass
    elif name in {*CALLS_FUNCTION, CALLS_OPERATOR} and names == {name}:
        _look_at_call(node, found)
        if module and not own_class(name, module, keras):
            found.unknown.add(_full(module, name))
    elif not (
        all(is_shipped(text, module, keras) for text in names)
        and (not module or own_class(name, module, keras))
    ):
        _look_at_registered(node, module, keras, found)


def _look_at_call(node: dict[str, Any], found: _Found) -> None:
    """A layer of Keras 2 that calls one TensorFlow function or operator, named in its config."""
    if node["class_name"] == CALLS_OPERATOR:
        operator = _operator(_inside(node, "node_def"))
        if operator not in COMPUTES:
            found.code.add(f"the operator {operator}")
        return
    function = _inside(node, "function")
    if not isinstance(function, str) or function not in FUNCTIONS:
        found.code.add(f"tf.{function}")


def _is_value(node: dict[str, Any]) -> bool:
    """Whether it is a plain value; one with a module is taken for a class that lies there."""
    name = node["class_name"]
    known = name in VALUES or (name == "TypeSpec" and node.get("type_spec") in SPECS)
    return known and set(node) <= FIELDS_OF_VALUES


def _look_at_function(node: dict[str, Any], module: str, keras: ModuleType, found: _Found) -> None:
    """`{"class_name": "function", "config": "relu"}`: what Keras writes for a function."""
    name, alias = node.get("config"), node.get("registered_name") or FUNCTION
    if not isinstance(name, str) or not isinstance(alias, str):
        found.unknown.add(str(name))
        return
    own = name in ACTIVATIONS or _is_loss_or_metric(name, keras)
    inside = module.partition(".")[0] in {"", "builtins", "keras", "tf_keras"}
    theirs = registered(name, keras) or (
        registered(alias, keras) if alias.rpartition(">")[2] == name else None
    )
    if not (own and inside and alias in {FUNCTION, name}) and not isfunction(theirs):
        found.unknown.add(name if module in {"", "builtins"} else f"{module}.{name}")


def _is_loss_or_metric(name: str, keras: ModuleType) -> bool:
    functions = {
        known
        for space in (keras.losses, keras.metrics)
        for known in dir(space)
        if not known.startswith("_") and known not in {"get", "serialize", "deserialize"}
    }
    return name in functions - exported(keras)


def _look_at_registered(
    node: dict[str, Any], module: str, keras: ModuleType, found: _Found
) -> None:
    """A class of an allowed package: the registry decides, by the name that it is known by there.

    Old formats look `name` up, new ones `registered_name`: both must be the same class.
    """
    name = node["class_name"]
    registered_name = node.get("registered_name") or name
    thing = registered(registered_name, keras)
    same = registered(name, keras) is thing or getattr(thing, "__name__", "") == name
    if thing is None or not same:
        found.unknown.add(registered_name if ">" in registered_name else _full(module, name))


def _inside(node: dict[str, Any], key: str) -> Any:
    config = node.get("config")
    return config.get(key) if isinstance(config, dict) else None


def _operator(node_def: Any) -> str:
    """The operator that a TensorFlowOpLayer calls; its node is a dict or a serialised NodeDef."""
    if isinstance(node_def, dict):
        return str(node_def.get("op"))
    from google.protobuf.message import DecodeError  # noqa: PLC0415 (workers only)
    from tensorflow.core.framework.node_def_pb2 import NodeDef  # noqa: PLC0415

    try:
        return str(NodeDef.FromString(str(node_def).encode()).op)
    except DecodeError:
        return "unknown"


def _full(module: str, name: str) -> str:
    keras_own = module.partition(".")[0] in {"", "keras", "tf_keras"}
    return name if keras_own else f"{module}.{name}"


def _quoted(names: set[str]) -> str:
    """At most five names, on one line: they come from the file."""
    return listed([f"“{one_line(name)}”" for name in sorted(names)], most=5)
