"""models/trust/: reads the graphs of a SavedModel or frozen graph for what reaches outside of them.

`tf.saved_model.load` runs initializers, the converter runs those and what restores the variables,
and judging the model runs its signature. So all that is in the file must only compute, with one
exception: the functions that save and restore the variables. They take the place of the checkpoint
as their argument, and are let through where nothing in the file can call them with another.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from optimizer.errors import ModelError
from optimizer.models.open_options import ModelQuestion, UndecidedModelError
from optimizer.words import listed, one_line

TABLE = Path(__file__).with_name("operators.txt")
COMPUTES = frozenset(
    line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")
)
SAVES = frozenset({"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename"})
CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
# What TensorFlow adds to the place of the checkpoint while it writes.
PLACES = re.compile(rb"|\.part|_temp(_[0-9a-f]+)?/part|model|\^s3://\.\*")
MOST_SHIFT = 28  # of a length of 32 bits
STRING = 7  # DT_STRING in TensorFlow's types.proto


def check_operators(names: Iterable[str], *, trusted: bool = False) -> None:
    """Refuses operators that are not known to compute only; those that save are not let through.

    Raises:
        UndecidedModelError: names them; the user may trust them.
        ModelError: TensorFlow does not have them.
    """
    foreign = sorted(set(names) - COMPUTES)
    if not foreign:
        return
    from tensorflow.python.framework import op_def_registry  # noqa: PLC0415 (workers only)

    lacking = [name for name in foreign if op_def_registry.get(name) is None]
    if lacking:
        raise ModelError(
            f"The graph uses operators that TensorFlow does not have ({_listed(lacking)}). Export "
            "the model with TensorFlow's own operators, or as a .tflite."
        )
    if not trusted:
        refuse(foreign)


def check_graph(graph: Any, *, trusted: bool = False) -> None:
    """Refuses a GraphDef (a frozen graph) whose nodes or functions do more than compute.

    Raises:
        ModelError: see `check_operators`; or two things in it have one name.
    """
    check_names(graph)
    functions = {function.signature.name for function in graph.library.function}
    check_operators(
        (node.op for node in _all_nodes(graph) if node.op not in functions), trusted=trusted
    )


def check_meta_graph(meta_graph: Any, *, trusted: bool = False) -> None:
    """Refuses a MetaGraphDef of a SavedModel if anything in it does more than compute.

    Raises:
        ModelError: its assets lie elsewhere, or two things in it have one name; see also
            `check_operators`.
    """
    _check_assets(meta_graph)
    graph = meta_graph.graph_def
    check_names(graph)
    functions = {function.signature.name for function in graph.library.function}
    savers = set(_savers(graph))
    check_operators(
        (
            node.op
            for owner, node in _owned_nodes(graph)
            if node.op not in functions and not (owner in savers and node.op in SAVES)
        ),
        trusted=trusted,
    )
    misused = list(_misused(meta_graph, savers))
    if misused and not trusted:
        refuse(misused)


def check_names(graph: Any) -> None:
    """Refuses a graph of which two readers may understand different things.

    A node's operator is looked for among the functions of the file and among TensorFlow's own, and
    an input is found by the name of its node: where a name stands twice, it is not said which one
    is meant.

    Raises:
        ModelError: names the first.
    """
    from tensorflow.python.framework import op_def_registry  # noqa: PLC0415 (workers only)

    functions = [function.signature.name for function in graph.library.function]
    for name in functions:
        if op_def_registry.get(name) is not None:
            raise _ambiguous(name, "the name of one of TensorFlow's operators")
    for name in _twice(functions):
        raise _ambiguous(name, "the name of two functions")
    for owner, nodes in _nodes_by_owner(graph).items():
        for name in _twice([node.name for node in nodes]):
            raise _ambiguous(name, f"the name of two nodes{f' of {owner}' if owner else ''}")


def _twice(names: list[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _ambiguous(name: str, what: str) -> ModelError:
    return ModelError(
        f"“{one_line(name)}” is {what} in the graph's functions and nodes, so that it is not said "
        "what the graph computes. Export the model again with TensorFlow."
    )


def _check_assets(meta_graph: Any) -> None:
    for asset in meta_graph.asset_file_def:
        place = PurePosixPath(asset.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts:
            raise ModelError(
                f"The SavedModel reads “{asset.filename[:100]}”, which lies outside of its own "
                "folder. Export it again with its assets inside."
            )


def _owned_nodes(graph: Any) -> Iterator[tuple[str, Any]]:
    """Every node with the name of its function; empty for those of the graph itself."""
    for node in graph.node:
        yield "", node
    for function in graph.library.function:
        for node in function.node_def:
            yield function.signature.name, node


def _all_nodes(graph: Any) -> Iterator[Any]:
    return (node for _, node in _owned_nodes(graph))


def _nodes_by_owner(graph: Any) -> dict[str, list[Any]]:
    owners: dict[str, list[Any]] = {}
    for owner, node in _owned_nodes(graph):
        owners.setdefault(owner, []).append(node)
    return owners


def _savers(graph: Any) -> Iterator[str]:
    """Functions that save or restore at the place that is their argument; also the graph itself.

    The graph itself (named "") does so in a SavedModel of TensorFlow 1.
    """
    for owner, nodes in _nodes_by_owner(graph).items():
        if any(node.op in SAVES for node in nodes) and _places_are_arguments(nodes):
            yield owner


def _places_are_arguments(nodes: list[Any]) -> bool:
    """Whether no text that could be a path flows into the place of the checkpoint."""
    by_name = {node.name: node for node in nodes}
    waiting = [(node.name, name) for node in nodes if node.op in SAVES for name in _place(node)]
    seen: set[str] = set()
    while waiting:
        _, name = waiting.pop()
        name = name.lstrip("^").partition(":")[0]
        if name in seen or name not in by_name:  # an argument of the function
            continue
        seen.add(name)
        node = by_name[name]
        if node.op == "Const" and not all(PLACES.fullmatch(text) for text in _texts(node)):
            return False
        if node.op not in {"Const", "Placeholder", "PlaceholderWithDefault", "Identity", "Pack",
                           "StringJoin", "Select", "SelectV2", "StaticRegexFullMatch",
                           "ShardedFilename", "MergeV2Checkpoints", "NoOp"}:  # fmt: skip
            return False
        waiting += [(name, source) for source in node.input if not source.startswith("^")]
    return True


def _place(node: Any) -> list[str]:
    """The inputs of an operator in `SAVES` that say where."""
    sources = [name for name in node.input if not name.startswith("^")]
    return sources[:2] if node.op == "MergeV2Checkpoints" else sources[:1]


def _texts(node: Any) -> list[bytes]:
    """The texts of a constant, in either of the two encodings that TensorFlow reads.

    Raises:
        ModelError: it holds both, of which TensorFlow reads one, or what is in neither form.
    """
    tensor = node.attr["value"].tensor
    if tensor.dtype != STRING:
        return []
    if not tensor.tensor_content:
        return list(tensor.string_val)
    count = math.prod(dimension.size for dimension in tensor.tensor_shape.dim)
    texts = _packed_texts(tensor.tensor_content, count)
    if tensor.string_val or texts is None:
        raise ModelError(
            f"The text of the node “{one_line(node.name)}” is not in a form that can be read for "
            "what it holds. Export the model again with TensorFlow."
        )
    return texts


def _packed_texts(content: bytes, count: int) -> list[bytes] | None:
    """As TensorFlow's EncodeStringList packs texts: all lengths as varints, then all bytes."""
    lengths, place = [], 0
    for _ in range(count):
        length = shift = 0
        while True:
            if place >= len(content) or shift > MOST_SHIFT:
                return None
            byte = content[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    if place + sum(lengths) != len(content):
        return None
    texts = []
    for length in lengths:
        texts.append(content[place : place + length])
        place += length
    return texts


def _misused(meta_graph: Any, savers: set[str]) -> Iterator[str]:
    """Ways in which the file itself could call what saves and restores, with a place of its own."""
    graph = meta_graph.graph_def
    functions = savers - {""}
    for owner, node in _owned_nodes(graph):
        called = functions & set(functions_of(node))
        if not called:
            continue
        sources = [name for name in node.input if not name.startswith("^")]
        placeholders = {n.name for n in graph.node if n.op == "Placeholder"}
        fed = bool(sources) and sources[0].partition(":")[0] in placeholders
        if owner or node.op not in CALLS or not fed:
            yield from called
    yield from functions & set(_functions_of_objects(meta_graph.object_graph_def))


def _functions_of_objects(objects: Any) -> Iterator[str]:
    """What `tf.saved_model.load` makes callable, or calls: initializers, signatures, methods."""
    yield from objects.concrete_functions
    for thing in objects.nodes:
        yield from thing.function.concrete_functions
        yield thing.bare_concrete_function.concrete_function_name


def functions_of(node: Any) -> Iterator[str]:
    """What a node may call: its own operator, and the functions that its attributes name."""
    yield node.op
    for attribute in node.attr.values():
        if attribute.HasField("func"):
            yield attribute.func.name
        yield from (function.name for function in attribute.list.func)


def refuse(names: list[str]) -> None:
    """Refuses what reaches outside; the user may trust it.

    Raises:
        UndecidedModelError: always.
    """
    raise UndecidedModelError(
        f"The graph reaches outside of itself ({_listed(names)}), which is not run here. Export "
        "the model without that, or open it with “I trust this file” (--trust) if you know who "
        "made it.",
        ModelQuestion(code=tuple(names)),
    )


def _listed(names: list[str]) -> str:
    return listed([one_line(name) for name in names], most=5)
