"""tests of private parts of TensorFlow."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

OPERATORS = Path(__file__).parents[2] / "optimizer" / "models" / "trust" / "operators.txt"


def test_tensorflow_operator_registry() -> None:
    from tensorflow.python.framework import op_def_registry

    assert op_def_registry.get("ReadFile").name == "ReadFile"
    assert op_def_registry.get("NoSuchOperator") is None
    listed = [line for line in OPERATORS.read_text().splitlines() if line[:1] not in ("#", "")]
    assert [name for name in listed if op_def_registry.get(name) is None] == []


def test_tensorflow_list_operators() -> None:
    from tensorflow.python.framework import op_def_registry

    places = {}
    for name in (
        "TensorListReserve", "EmptyTensorList", "TensorListFromTensor", "TensorListStack",
        "TensorListGetItem", "TensorListGather", "TensorListScatterV2", "TensorListPopBack",
    ):  # fmt: skip
        inputs = [argument.name for argument in op_def_registry.get(name).input_arg]
        places[name] = inputs.index("element_shape")
    assert list(places.values()) == [0, 0, 1, 1, 2, 2, 2, 1]


def test_tensorflow_messages(exported: Path) -> None:
    from tensorflow.core.framework.graph_pb2 import GraphDef
    from tensorflow.core.framework.node_def_pb2 import NodeDef
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    content = (exported / "saved_model.pb").read_bytes()
    [meta_graph] = SavedModel.FromString(content).meta_graphs
    assert isinstance(meta_graph.graph_def, GraphDef)
    assert all(isinstance(node, NodeDef) for node in meta_graph.graph_def.node)
    functions = {each.signature.name for each in meta_graph.graph_def.library.function}
    assert functions
    assert all(len(each.node_def) for each in meta_graph.graph_def.library.function)
    assert set(meta_graph.object_graph_def.concrete_functions) <= functions
    assert list(meta_graph.asset_file_def) == []


def test_tensorflow_graph_bytes(exported: Path) -> None:
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        tf.compat.v1.placeholder(tf.float32, (1, 2), name="data")
    content = graph.as_graph_def().SerializeToString()
    assert re.match(rb"\x0a.\x0a\x04data\x12\x0bPlaceholder", content, re.DOTALL)
    assert (exported / "saved_model.pb").read_bytes().startswith(b"\x08\x01\x12")


def test_tensorflow_signature_objects(exported: Path) -> None:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    content = (exported / "saved_model.pb").read_bytes()
    [meta_graph] = SavedModel.FromString(content).meta_graphs
    nodes = meta_graph.object_graph_def.nodes
    [signatures] = [each for each in nodes[0].children if each.local_name == "signatures"]
    served = [each.local_name for each in nodes[signatures.node_id].children]
    assert "serving_default" in served


def test_tensorflow_input_shapes(exported: Path) -> None:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    content = (exported / "saved_model.pb").read_bytes()
    [meta_graph] = SavedModel.FromString(content).meta_graphs
    [info] = meta_graph.signature_def["serving_default"].inputs.values()
    [node] = [n for n in meta_graph.graph_def.node if n.name == info.name.partition(":")[0]]
    assert node.op == "Placeholder"
    open_shape = [-1, 4, 4, 1]
    for shape in (
        info.tensor_shape, node.attr["shape"].shape, node.attr["_output_shapes"].list.shape[0]
    ):  # fmt: skip
        assert [dim.size for dim in shape.dim] == open_shape


def test_tensorflow_savers(exported: Path) -> None:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    content = (exported / "saved_model.pb").read_bytes()
    [meta_graph] = SavedModel.FromString(content).meta_graphs
    saving = [
        function.node_def
        for function in meta_graph.graph_def.library.function
        if any(node.op in {"SaveV2", "RestoreV2"} for node in function.node_def)
    ]
    assert len(saving) == 2, "one saves and one restores"
    written = {
        text
        for nodes in saving
        for node in nodes
        if node.op == "Const" and not node.name.endswith(("tensor_names", "shape_and_slices"))
        for text in node.attr["value"].tensor.string_val
    }
    allowed = re.compile(rb"|\.part|_temp(_[0-9a-f]+)?/part|model|\^s3://\.\*")
    assert [text for text in written if not allowed.fullmatch(text)] == []
    assert written


def test_tensorflow_kmeans() -> None:
    from tensorflow.python.ops.clustering_ops import kmeans_plus_plus_initialization

    weights = np.repeat(np.array([[0.0], [5.0], [9.0]], np.float32), 4, axis=0)
    first, again = (
        kmeans_plus_plus_initialization(weights, 3, 9, -1).numpy().ravel() for _ in range(2)
    )
    assert sorted(first) == [0.0, 5.0, 9.0]
    assert list(first) == list(again), "the seed decides"


def test_tensorflow_checkpoint_names(tmp_path: Path) -> None:
    import tensorflow as tf

    tf.train.Checkpoint(x=tf.Variable(1.0)).write(str(tmp_path / "last-3"))
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {"last-3"}


def test_tensorflow_converter_error(with_tensorflow_operator: Path) -> None:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(with_tensorflow_operator))
    with pytest.raises(Exception, match=r"(?:Flex|Custom|TF Select) ops?: ([^\n]+)") as error:
        converter.convert()
    assert "MatrixDeterminant" in str(error.value)


def test_tensorflow_tensor_names(tflite: Path) -> None:
    names = _tensor_names(tflite)
    for layer in ("conv", "dense"):
        pattern = re.compile(rf"/{layer}(_\d+)?(?=[/;]|$)")
        assert any(pattern.search(name) for name in names), names


def _tensor_names(file: Path) -> list[str]:
    from ai_edge_litert.interpreter import Interpreter

    details: list[dict[str, Any]] = Interpreter(model_path=str(file)).get_tensor_details()
    return [tensor["name"] for tensor in details]
