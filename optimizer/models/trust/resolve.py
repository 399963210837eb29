"""models/trust/: finds the class that a config names: by us, and never by importing anything.

A config names a class by a module and up to two names, and which of these a library looks up first
differs from place to place. So the class is looked up here among what is loaded already, and the
library gets a config in which everything leads to that one (`named_plainly`).
"""

import json
import sys
from types import ModuleType
from typing import Any

from optimizer.models.packages import registered

FUNCTION = "function"
# EfficientNetV2 of Keras 2 takes one initializer from TensorFlow itself.
INITIALIZERS_OF_TENSORFLOW = "tensorflow.python.ops.init_ops_v2"
# Where the libraries export what a config may name; a class is called after the first that has it.
PUBLIC = ("layers", "models", "initializers", "regularizers", "constraints", "losses", "metrics",
          "optimizers", "optimizers.schedules", "optimizers.legacy", "dtype_policies",
          "mixed_precision", "quantizers", "random")  # fmt: skip
# Of an object in JSON. Keras reads no others, but for the loss and optimizer of a model within a
# model, which nothing here needs; those of plain values are beside them.
FIELDS = {"class_name", "config", "module", "registered_name", "name", "inbound_nodes",
          "build_config", "shared_object_id", "keras_version", "backend",
          "__passive_serialization__"}  # fmt: skip
FIELDS_OF_VALUES = {"class_name", "config", "items", "value", "type_spec", "serialized"}


def own_class(name: str, module: str, keras: ModuleType) -> type | None:
    """The class of `keras` (keras or tf_keras) that lies in `module` as `name`; None if none does.

    Args:
        name: As the config has it.
        module: Public or not, of either library: files of tf_keras say `keras.layers`.
        keras: The library that will rebuild the model.
    """
    place = _place(module, keras)
    found = vars(place).get(name) if place else None
    root = str(getattr(found, "__module__", "")).partition(".")[0]
    known = root == keras.__name__ or module == INITIALIZERS_OF_TENSORFLOW
    return found if isinstance(found, type) and known else None


def named_plainly(config: dict[str, Any], keras: ModuleType) -> dict[str, Any]:
    """A config in which every name leads where the check has looked, and nothing else is said.

    Args:
        config: After `check`, which refuses what is not found here.
        keras: The library that will rebuild the model.
    """
    written: dict[str, Any] = json.loads(json.dumps(config))
    waiting: list[object] = [written]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if "class_name" in node:
                _name_plainly(node, keras)
            waiting.extend(node.values())
    return written


def _place(module: str, keras: ModuleType) -> ModuleType | None:
    """A module that is loaded already, by the name that configs have for it."""
    first, _, rest = module.partition(".")
    if first not in {"keras", "tf_keras"}:
        return sys.modules.get(module)
    parts = rest.split(".") if rest else []
    # Before 2.13, Keras had no folder `src`.
    return _within(keras, parts) or _within(keras, ["src", *parts])


def _within(place: object, parts: list[str]) -> ModuleType | None:
    for part in parts:
        place = vars(place).get(part) if isinstance(place, ModuleType) else None
    return place if isinstance(place, ModuleType) else None


def _name_plainly(node: dict[str, Any], keras: ModuleType) -> None:
    for key in set(node) - FIELDS - FIELDS_OF_VALUES:
        del node[key]
    name, newer = node["class_name"], "module" in node
    module = node.pop("module", None)
    registered_name = node.pop("registered_name", None) or name
    if name == FUNCTION and newer:
        name = registered_name if registered(registered_name, keras) else node["config"]
        node |= {"config": name, "module": "builtins", "registered_name": FUNCTION}
    elif module and (found := own_class(name, module, keras)):
        node |= {**_home(found, name, module, keras), "registered_name": None}
    elif newer:
        node |= {"module": module and registered(registered_name, keras).__module__,
                 "registered_name": registered_name}  # fmt: skip


def _home(found: type, name: str, module: str, keras: ModuleType) -> dict[str, str]:
    """Where the library itself says that a class lies; as written where it does not say."""
    for path in PUBLIC:
        place = _place(f"keras.{path}", keras)
        if place and vars(place).get(found.__name__) is found:
            return {"class_name": found.__name__, "module": f"keras.{path}"}
    if vars(sys.modules[found.__module__]).get(found.__name__) is found:
        return {"class_name": found.__name__, "module": found.__module__}
    return {"class_name": name, "module": module}
