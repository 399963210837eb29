"""models/: fixes what a SavedModel's signature leaves open. Workers only: it imports TensorFlow.

The file is edited, not traced again: what came as a SavedModel has no Python code to trace, and
variables stay where they are. The converter infers all other shapes from those of the inputs.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.files.members import copy_folder

SIGNATURE = "serving_default"
GRAPH = "saved_model.pb"
# Operators of lists of tensors and the place among their inputs of the shape of one element.
ELEMENT_SHAPE = {"TensorListReserve": 0, "EmptyTensorList": 0, "TensorListFromTensor": 1,
                 "TensorListStack": 1, "TensorListGetItem": 2, "TensorListGather": 2,
                 "TensorListScatterV2": 2, "TensorListPopBack": 1}  # fmt: skip


def fix_shapes(
    saved_model: Path,
    target: Path,
    shapes: Mapping[str, Sequence[int | None]],
    *,
    signature: str = SIGNATURE,
) -> None:
    """Writes a SavedModel whose signature `serving_default` takes exactly these shapes.

    Args:
        saved_model: The folder that is read.
        target: A folder to be made.
        shapes: By name of the input: its shape, batch first; None stays open.
        signature: What is to be served.
    """
    graph = _read(saved_model)
    for meta_graph in graph.meta_graphs:
        if signature != SIGNATURE:
            _rename(meta_graph, signature)
        _fix_inputs(meta_graph, shapes)
    _write(graph, saved_model, target)


def fix_batch(saved_model: Path, target: Path) -> None:
    """Writes a SavedModel that takes one sample at a time, so that recurrent layers convert.

    Their loops keep one tensor a time step in a list, whose elements TensorFlow Lite wants in a
    fixed shape (tensorflow 2.21: “'tf.TensorListReserve' op requires element_shape to be static”);
    a graph that was traced for any batch has that shape as a constant with −1 in front.
    """
    graph = _read(saved_model)
    for meta_graph in graph.meta_graphs:
        inputs = meta_graph.signature_def[SIGNATURE].inputs
        shapes = {
            name: [dim.size for dim in info.tensor_shape.dim] for name, info in inputs.items()
        }
        _fix_inputs(
            meta_graph,
            {
                name: [1, *(None if size < 0 else size for size in shape[1:])]
                for name, shape in shapes.items()
                if shape and shape[0] < 0
            },
        )
        _fix_lists(meta_graph.graph_def.node)
        for function in meta_graph.graph_def.library.function:
            _fix_lists(function.node_def)
    _write(graph, saved_model, target)


def _read(saved_model: Path) -> Any:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel  # noqa: PLC0415 (workers only)

    return SavedModel.FromString((saved_model / GRAPH).read_bytes())


def _write(graph: Any, saved_model: Path, target: Path) -> None:
    copy_folder(saved_model, target, but=(GRAPH,))
    (target / GRAPH).write_bytes(graph.SerializeToString())


def _rename(meta_graph: Any, signature: str) -> None:
    """Serves `signature` under the usual name, also where TensorFlow 2 lists what is served."""
    meta_graph.signature_def[SIGNATURE].CopyFrom(meta_graph.signature_def[signature])
    del meta_graph.signature_def[signature]
    objects = meta_graph.object_graph_def.nodes
    for child in objects[0].children if objects else ():
        if child.local_name == "signatures":
            for served in objects[child.node_id].children:
                if served.local_name == signature:
                    served.local_name = SIGNATURE


def _fix_inputs(meta_graph: Any, shapes: Mapping[str, Sequence[int | None]]) -> None:
    from tensorflow import TensorShape  # noqa: PLC0415 (workers only)

    nodes = {node.name: node for node in meta_graph.graph_def.node}
    for name, shape in shapes.items():
        info = meta_graph.signature_def[SIGNATURE].inputs[name]
        proto = TensorShape(shape).as_proto()
        info.tensor_shape.CopyFrom(proto)
        node = nodes[info.name.partition(":")[0]]
        node.attr["shape"].shape.CopyFrom(proto)
        del node.attr["_output_shapes"].list.shape[:]
        node.attr["_output_shapes"].list.shape.append(proto)


def _fix_lists(nodes: Iterable[Any]) -> None:
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    by_name = {node.name: node for node in nodes}
    for node in nodes:
        if node.op not in ELEMENT_SHAPE:
            continue
        source = by_name.get(node.input[ELEMENT_SHAPE[node.op]].partition(":")[0])
        if source is None or source.op != "Const":
            continue
        shape = tf.make_ndarray(source.attr["value"].tensor)
        if shape.ndim == 1 and len(shape) > 1 and shape[0] == -1:
            fixed = shape.copy()
            fixed[0] = 1
            source.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(fixed))
