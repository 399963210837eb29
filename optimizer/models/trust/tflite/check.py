"""models/trust/tflite/: whether the tables of a file are a model that can be run here.

The runtime follows most of what a file says without looking where it leads.
"""

from optimizer.errors import ModelError
from optimizer.models.trust.tflite.calls import check_calls
from optimizer.models.trust.tflite.graphs import check_graph, stored_in
from optimizer.models.trust.tflite.operators import check_kinds, operator_name
from optimizer.models.trust.tflite.parts import Part, damaged
from optimizer.words import listed, one_line

VERSION = 3
TELLING = {"min_runtime_version", "reduced_precision_support"}
"""Metadata that the runtime or we read."""
LONGEST_TOLD = 64  # bytes
NOT_NEEDED = {"Model": ("metadataBuffer",), "SubGraph": ("debugMetadataIndex",),
              "Operator": ("debugMetadataIndex",)}  # fmt: skip


def check_parts(root: Part) -> None:
    """Checks all tables, and takes out of them what was not understood.

    Raises:
        ModelError: they are no model, or one that reaches outside of its file.
    """
    if root.number("version") != VERSION:
        damaged(f"its version is {root.number('version')}, and {VERSION} was expected")
    graphs = root.parts("subgraphs")
    if not graphs:
        damaged("it has no graph")
    _refuse_other_files(root, graphs)
    names = [operator_name(code) for code in root.parts("operatorCodes")]
    _check_metadata(root)
    check_kinds(graphs, len(names))
    check_calls(graphs, names)
    for graph in graphs:
        check_graph(graph, names, root.parts("buffers"))
    _check_signatures(root, graphs)
    _empty_unused(root, graphs)
    for part in (root, *graphs, *(one for graph in graphs for one in graph.parts("operators"))):
        for name in NOT_NEEDED[part.kind]:
            part.values.pop(name, None)


def _refuse_other_files(root: Part, graphs: list[Part]) -> None:
    named = [one_line(group.text("name")) for group in root.parts("externalBufferGroups")]
    used = any(one.number("externalBuffer") for g in graphs for one in g.parts("tensors"))
    if named or used or root.parts("externalBuffers"):
        other = f" ({listed(named, 3)})" if named else ""
        raise ModelError(
            f"The .tflite keeps weights in another file{other}, which is not read here. Convert it "
            "with its weights inside."
        )
    root.values.pop("externalBufferGroups", None)
    root.values.pop("externalBuffers", None)


def _check_metadata(root: Part) -> None:
    """Keeps what is read of it, where that is a short text."""
    kept = []
    for entry in root.parts("metadata"):
        stored = stored_in(root.parts("buffers"), entry.number("buffer"), "metadata")
        text = stored.tobytes()
        if entry.text("name") in TELLING and len(text) <= LONGEST_TOLD and text.isascii():
            kept.append(entry)
    root.values["metadata"] = kept


def _check_signatures(root: Part, graphs: list[Part]) -> None:
    for signature in root.parts("signatureDefs"):
        at = signature.number("subgraphIndex")
        if at >= len(graphs):
            damaged(f"a signature is of the graph {at}, and there are {len(graphs)}")
        for side in ("inputs", "outputs"):
            ends = set(graphs[at].numbers(side))
            entries = signature.parts(side)
            if any(entry.number("tensorIndex") not in ends for entry in entries):
                damaged(f"a signature names {side} that the graph does not have")
            if len({entry.text("name") for entry in entries}) < len(entries):
                damaged(f"a signature gives one name to two {side}")


def _empty_unused(root: Part, graphs: list[Part]) -> None:
    """Takes out bytes that no tensor and no metadata has."""
    used = {entry.number("buffer") for entry in root.parts("metadata")}
    used |= {one.number("buffer") for graph in graphs for one in graph.parts("tensors")}
    for at, buffer in enumerate(root.parts("buffers")):
        if at not in used:
            buffer.values.pop("data", None)
