"""models/: reads a model's config for code before anything is loaded.

Keras rebuilds a model by calling what its JSON names. tf_keras does so for Lambda layers and for
`TFOpLambda` nodes (any TensorFlow function, file writers included) even with `safe_mode=True`,
so only the classes that Keras itself ships are let through.
"""

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from optimizer.errors import ModelError

FOREIGN = {"Lambda", "TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod",
           # Keras ships these, but they run what lies elsewhere or is pickled in the config.
           "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}  # fmt: skip
# Classes that a config may name beside the layers, initializers and so on that Keras exports.
STRUCTURE = {"Functional", "Model", "Sequential", "InputLayer", "DTypePolicy", "Policy"}
NAMESPACES = ("layers", "initializers", "regularizers", "constraints", "losses", "metrics",
              "optimizers", "activations", "random")  # fmt: skip


# TensorFlow operators that touch files or run Python; none belongs into a model to convert.
FOREIGN_OPERATORS = {"ReadFile", "WriteFile", "MatchingFiles", "DeleteFile", "RenameFile", "PyFunc",
                     "PyFuncStateless", "EagerPyFunc", "ImportEvent", "WriteSummary", "PrintV2",
                     "LookupTableImport", "InitializeTableFromTextFile",
                     "InitializeTableFromTextFileV2", "TextLineReaderV2", "WholeFileReaderV2",
                     "TFRecordReaderV2", "FixedLengthRecordReaderV2"}  # fmt: skip


def class_names(node: object) -> Iterator[tuple[str, str, str]]:
    """Yields (class name, module, registered name) of every object that a config would rebuild."""
    if isinstance(node, dict):
        if "class_name" in node and isinstance(node["class_name"], str):
            yield (
                node["class_name"],
                str(node.get("module") or ""),
                str(node.get("registered_name") or ""),
            )
        for value in node.values():
            yield from class_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from class_names(value)


def check(config: dict[str, Any], keras: ModuleType) -> None:
    """Refuses a config that names anything but what `keras` (keras or tf_keras) ships.

    Raises:
        ModelError: names every class that is not known, and what to do.
    """
    shipped = STRUCTURE | {
        name for space in NAMESPACES for name in dir(getattr(keras, space, object()))
    }
    foreign: set[str] = set()
    for name, module, _ in class_names({**config, "compile_config": None}):
        short = name.rpartition(">")[2]
        if name.startswith("__"):  # __tensor__, __numpy__ and the like: values, not code
            if name in {"__lambda__", "__class_method__"}:
                foreign.add("lambda function")
            continue
        outside = module and module.partition(".")[0] not in {"keras", "tf_keras"}
        operation = module.startswith(("keras.src.ops", "keras.ops"))
        if short in FOREIGN or outside or not (short in shipped or operation):
            foreign.add(name)
    if foreign:
        names = ", ".join(f"“{name}”" for name in sorted(foreign))
        raise ModelError(
            f"The model holds code of its own ({names}), which is not run here. Replace it by "
            "layers that Keras ships, or export the model as a SavedModel and upload that."
        )


def check_operators(names: Iterable[str]) -> None:
    """Refuses a graph that uses operators which reach outside of it.

    Raises:
        ModelError: names them.
    """
    foreign = FOREIGN_OPERATORS & set(names)
    if foreign:
        raise ModelError(
            f"The SavedModel reaches outside of itself ({', '.join(sorted(foreign))}), which is "
            "not allowed here. Export the model without reading or writing files."
        )
