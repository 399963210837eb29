"""tests/fuzz: right SavedModels into which wrong things are planted, of TensorFlow 1 and 2.

What `grammar.py` does to frozen graphs, and what only a SavedModel has: functions, what runs at
loading, signatures, what saves and restores, objects, assets.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.grammar import constant
from tests.hostile.graphs import of_tensorflow_1, serving

KINDS: dict[str, Callable[[Path], Path]] = {
    "TensorFlow 2": partial(serving, body=lambda _: None),
    "TensorFlow 1": of_tensorflow_1,
}
WHERE, WHAT, NAMES, SLICES = "where", "what", "names", "slices"
TAKES: dict[str, list[str]] = {
    "WriteFile": [WHERE, WHAT], "ReadFile": [WHERE], "MatchingFiles": [WHERE], "PrintV2": [WHAT],
    "SaveV2": [WHERE, NAMES, SLICES, WHAT], "RestoreV2": [WHERE, NAMES, SLICES],
    "ShardedFilename": [WHERE, "zero", "zero"], "MergeV2Checkpoints": [NAMES, WHERE],
    "NoOp": [], "Identity": [WHERE],
}  # fmt: skip
"""Operators with all that they take, so that they run wherever they are let through."""
STRING, INT32, FLOAT = 7, 3, 1  # as TensorFlow numbers them
TYPES = {"SaveV2": {"dtypes": STRING}, "RestoreV2": {"dtypes": FLOAT}, "Identity": {"T": STRING}}
START = "__saved_model_init_op"
AT_LOADING = ["saved_model_main_op", "legacy_init_op", "saved_model_train_op"]


@st.composite
def planted_saved_models(draw: st.DrawFn, content: bytes, marker: str) -> bytes:
    """A `saved_model.pb` with up to four things beside its own, or in their place.

    Args:
        draw: Hypothesis's.
        content: Of a whole one.
        marker: A path that must not come to be.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved_model = SavedModel.FromString(content)
    meta = saved_model.meta_graphs[0]
    for nodes, inner in _places(meta.graph_def):
        _plant_operator(draw, nodes, marker, inside=inner)
        if not draw(st.booleans()):
            break
    changes = st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3, unique=True)
    for change in draw(changes):
        change(draw, meta)
    return bytes(saved_model.SerializeToString())


def _places(graph: Any) -> list[tuple[Any, bool]]:
    """Where nodes are: in the graph itself, and in its functions."""
    return [(graph.node, False), *((one.node_def, True) for one in graph.library.function[:3])]


def _plant_operator(draw: st.DrawFn, nodes: Any, marker: str, *, inside: bool) -> None:
    """Adds an operator with its arguments; a function names the outputs of its nodes otherwise."""
    packed = draw(st.booleans())
    for name, text in {WHERE: marker, WHAT: "ran", NAMES: "w", SLICES: ""}.items():
        constant(nodes.add(name=name), text, packed=packed)
        if name in {NAMES, SLICES}:
            nodes[-1].attr["value"].tensor.tensor_shape.dim.add(size=1)
    zero = nodes.add(name="zero", op="Const")
    zero.attr["dtype"].type = zero.attr["value"].tensor.dtype = INT32
    zero.attr["value"].tensor.int_val.append(0)
    operator = draw(st.sampled_from(sorted(TAKES)))
    node = nodes.add(name="planted", op=operator)
    node.input.extend(f"{name}:output:0" if inside else name for name in TAKES[operator])
    for key, kind in TYPES.get(operator, {}).items():
        if key == "T":
            node.attr[key].type = kind
        else:
            node.attr[key].list.type.append(kind)
    if operator == "PrintV2":
        node.attr["output_stream"].s = f"file://{marker}".encode()
    if inside:  # whoever calls the function, runs it
        for other in nodes:
            if other.op in {"Identity", "NoOp"} and other.name != "planted":
                other.input.append("^planted")


def _run_at_loading(draw: st.DrawFn, meta: Any) -> None:
    if draw(st.booleans()):
        meta.collection_def[draw(st.sampled_from(AT_LOADING))].node_list.value.append("planted")
    else:
        meta.signature_def[START].outputs[START].name = "planted"


def _answer_with_it(draw: st.DrawFn, meta: Any) -> None:
    name = draw(st.sampled_from(["serving_default", "extra"]))
    meta.signature_def[name].outputs["more"].name = "planted:0"
    meta.signature_def[name].outputs["more"].dtype = STRING


def _wait_for_it(draw: st.DrawFn, meta: Any) -> None:
    nodes = [node for node in meta.graph_def.node if node.op in {"Identity", "NoOp", "MatMul"}]
    draw(st.sampled_from(nodes)).input.append("^planted")


def _save_otherwise(draw: st.DrawFn, meta: Any) -> None:
    names = [node.name for node in meta.graph_def.node]
    field = draw(st.sampled_from(["filename_tensor_name", "restore_op_name", "save_tensor_name"]))
    tail = ":0" if field != "restore_op_name" else ""
    setattr(meta.saver_def, field, draw(st.sampled_from([*names, "planted"])) + tail)


def _name_twice(draw: st.DrawFn, meta: Any) -> None:
    graph = meta.graph_def
    places = [graph.node, *([graph.library.function] if graph.library.function else [])]
    place = draw(st.sampled_from(places))
    place.add().CopyFrom(draw(st.sampled_from(list(place))))


def _name_like_an_operator(draw: st.DrawFn, meta: Any) -> None:
    functions = meta.graph_def.library.function
    function = draw(st.sampled_from(list(functions))) if functions else functions.add()
    function.signature.name = draw(st.sampled_from(["WriteFile", "MatMul", "Identity", "theirs"]))


def _call_another(draw: st.DrawFn, meta: Any) -> None:
    names = [one.signature.name for one in meta.graph_def.library.function] or ["theirs"]
    calls = [node for node in meta.graph_def.node if "f" in node.attr]
    node = draw(st.sampled_from(calls)) if calls else meta.graph_def.node.add(name="calls")
    node.op = node.op or "StatefulPartitionedCall"
    node.attr["f"].func.name = draw(st.sampled_from([*names, "WriteFile"]))


def _exchange_objects(draw: st.DrawFn, meta: Any) -> None:
    """An object stands for another, or calls another's functions."""
    objects = meta.object_graph_def
    names = [one.signature.name for one in meta.graph_def.library.function] or ["theirs"]
    for thing in objects.nodes:
        if thing.HasField("function") and draw(st.booleans()):
            thing.function.concrete_functions.append(draw(st.sampled_from(names)))
        if thing.HasField("bare_concrete_function") and draw(st.booleans()):
            thing.bare_concrete_function.concrete_function_name = draw(st.sampled_from(names))
        for child in thing.children:
            if draw(st.integers(0, 5)) == 0:
                child.node_id = draw(st.integers(0, len(objects.nodes)))
                child.local_name = draw(st.sampled_from([child.local_name, "_initialize"]))


def _take_assets(draw: st.DrawFn, meta: Any) -> None:
    asset = meta.asset_file_def.add()
    asset.filename = draw(st.sampled_from(["../../x", "/etc/passwd", "x", "..\\x"]))
    asset.tensor_info.name = "where:0"


CHANGES = (
    _run_at_loading, _answer_with_it, _wait_for_it, _save_otherwise, _name_twice,
    _name_like_an_operator, _call_another, _exchange_objects, _take_assets,
)  # fmt: skip
