"""tests of hostile files: SavedModels, frozen graphs and `.tflite` files."""

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.open_options import OpenOptions, UndecidedModelError
from optimizer.models.trust import make_canonical
from tests.archives import zip_folder
from tests.hostile.conftest import Opener
from tests.hostile.graphs import change, frozen, initializing, of_tensorflow_1, saved, serving
from tests.hostile.keras_files import lambda_model
from tests.levels import some
from tests.refused import refused

Body = Callable[[Path], Callable[[Any], Any]]


def writes(marker: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda _: tf.io.write_file(str(marker), "ran")


def runs_python(marker: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda _: tf.py_function(lambda: marker.touch() or 1.0, [], tf.float32)  # type: ignore[func-returns-value]


def saves(marker: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda x: tf.raw_ops.SaveV2(
        prefix=str(marker), tensor_names=["x"], shape_and_slices=[""], tensors=[x]
    )


def restores(marker: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda _: tf.raw_ops.RestoreV2(
        prefix=str(marker), tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32]
    )[0]


def reads(marker: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda _: tf.strings.length(tf.io.read_file("/etc/passwd"))


def prints(marker: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda _: tf.print("ran", output_stream=f"file://{marker}")


BODIES = [(writes, "WriteFile"), (runs_python, "EagerPyFunc"), (saves, "SaveV2"),
          (restores, "RestoreV2"), (reads, "ReadFile"), (prints, "PrintV2")]  # fmt: skip


def test_control_loading_runs_an_initializer(tmp_path: Path) -> None:
    import tensorflow as tf

    folder = initializing(tmp_path / "m", tmp_path / "marker")
    tf.saved_model.load(str(folder))
    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_an_initializer_that_writes(
    opener: Opener, tmp_path: Path, marker: Path, zipped: bool
) -> None:
    path = initializing(tmp_path / "m", marker)
    if zipped:
        path = zip_folder(path, tmp_path / "m.zip", "inside/")
    with refused(UndecidedModelError, "WriteFile", "not run here", "--trust"):
        opener(path)


@pytest.mark.parametrize(("body", "operator"), BODIES, ids=[name for _, name in BODIES])
def test_a_signature_that_reaches_out(
    opener: Opener, tmp_path: Path, marker: Path, body: Body, operator: str
) -> None:
    path = serving(tmp_path / "m", body(marker))
    with refused(UndecidedModelError, operator, "not run here", "--trust"):
        opener(path)


@pytest.mark.parametrize(("body", "operator"), BODIES, ids=[name for _, name in BODIES])
def test_a_frozen_graph_that_reaches_out(
    opener: Opener, tmp_path: Path, marker: Path, body: Body, operator: str
) -> None:
    path = frozen(tmp_path / "m.pb", body(marker))
    with refused(UndecidedModelError, operator.removeprefix("Eager"), "--trust"):
        opener(path)


def test_what_saves_the_variables_called_with_a_place_of_its_own(
    opener: Opener, tmp_path: Path, marker: Path
) -> None:
    path = serving(tmp_path / "m", lambda _: None)
    make_canonical(shutil.copytree(path, tmp_path / "good"))

    def call(meta_graph: Any) -> None:
        import tensorflow as tf

        graph = meta_graph.graph_def
        [saver] = [n for n in graph.node if "saver_filename" in n.input and "save" in str(n.attr)]
        place = graph.node.add(name="place", op="Const")
        place.attr["dtype"].type = tf.string.as_datatype_enum
        place.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(str(marker)))
        saver.input[0] = "place"

    with refused(UndecidedModelError, "traced_save", "--trust"):
        opener(change(path, call))


def test_a_function_that_saves_to_a_place_of_its_own(
    opener: Opener, tmp_path: Path, marker: Path
) -> None:
    """Under the name that TensorFlow gives to its own."""
    path = serving(tmp_path / "m", lambda _: None)

    def redirect(meta_graph: Any) -> None:
        import tensorflow as tf

        for function in meta_graph.graph_def.library.function:
            for node in function.node_def:
                if node.op == "SaveV2":
                    place = function.node_def.add(name="place", op="Const")
                    place.attr["dtype"].type = tf.string.as_datatype_enum
                    place.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(str(marker)))
                    node.input[0] = "place:output:0"

    with refused(UndecidedModelError, "SaveV2", "--trust"):
        opener(change(path, redirect))


def test_what_saves_the_variables_as_a_method(opener: Opener, tmp_path: Path, marker: Path) -> None:
    path = serving(tmp_path / "m", lambda _: None)

    def expose(meta_graph: Any) -> None:
        [name] = [
            f.signature.name
            for f in meta_graph.graph_def.library.function
            if "traced_save" in f.signature.name
        ]
        node = meta_graph.object_graph_def.nodes.add()
        node.bare_concrete_function.concrete_function_name = name

    with refused(UndecidedModelError, "traced_save"):
        opener(change(path, expose))


def test_a_table_that_is_read_from_a_file(opener: Opener, tmp_path: Path) -> None:
    import tensorflow as tf

    (tmp_path / "words.txt").write_text("alpha\nbeta\n")

    class Module(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = tf.lookup.StaticVocabularyTable(
                tf.lookup.TextFileInitializer(
                    str(tmp_path / "words.txt"),
                    tf.string,
                    tf.lookup.TextFileIndex.WHOLE_LINE,
                    tf.int64,
                    tf.lookup.TextFileIndex.LINE_NUMBER,
                ),
                1,
            )

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
        def serve(self, x: Any) -> Any:
            return {"y": self.table.lookup(x)}

    module = Module()
    with refused(UndecidedModelError, "InitializeTableFromTextFileV2"):
        opener(saved(module, tmp_path / "m", module.serve))


@pytest.mark.parametrize("place", ["../../secret", "/etc/passwd", "..\\secret"])
def test_an_asset_outside_of_the_folder(opener: Opener, tmp_path: Path, place: str) -> None:
    path = serving(tmp_path / "m", lambda _: None)
    change(path, lambda meta_graph: meta_graph.asset_file_def.add(filename=place))
    with refused(ModelError, place, "outside of its own folder"):
        opener(path, OpenOptions(trusted=True))


def test_a_lambda_layer_in_the_description_of_a_saved_model(
    opener: Opener, tmp_path: Path, marker: Path
) -> None:
    """Its graph may be converted, for that only computes; its layers are never rebuilt."""
    import tf_keras

    path = tmp_path / "m"
    lambda_model(tf_keras, marker).save(str(path), save_format="tf")
    marker.unlink(missing_ok=True)
    summary = opener(path).summary
    assert summary.untrainable is not None
    assert "“Lambda”" in summary.untrainable
    assert summary.fits == ()


def test_a_module_in_the_description_of_a_saved_model(
    opener: Opener, tmp_path: Path, marker: Path, module: str
) -> None:
    import tf_keras
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    path = tmp_path / "m"
    inputs = tf_keras.Input((4,))
    tf_keras.Model(inputs, tf_keras.layers.Dense(2)(inputs)).save(str(path), save_format="tf")
    file = path / "keras_metadata.pb"
    metadata = SavedMetadata.FromString(file.read_bytes())
    for node in metadata.nodes:
        described = json.loads(node.metadata)
        described["activity_regularizer"] = {"class_name": "Thing", "module": module, "config": {}}
        node.metadata = json.dumps(described)
    file.write_bytes(metadata.SerializeToString())
    summary = opener(path).summary
    assert f"“{module}.Thing”" in str(summary.untrainable)


@pytest.mark.parametrize("twice", ["node_path", "node_id"])
def test_a_part_that_the_description_of_a_saved_model_has_twice(
    opener: Opener, tmp_path: Path, marker: Path, twice: str
) -> None:
    """Our reader may take one for the other's, and tf_keras the other way round."""
    import tf_keras
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    path = tmp_path / "m"
    lambda_model(tf_keras, marker).save(str(path), save_format="tf")
    marker.unlink(missing_ok=True)  # saving has run it
    file = path / "keras_metadata.pb"
    metadata = SavedMetadata.FromString(file.read_bytes())
    harmless = SavedMetadata()
    harmless.CopyFrom(metadata)
    for node, other in zip(list(metadata.nodes), harmless.nodes, strict=True):
        if "Lambda" in node.metadata:
            other.metadata = "{}"
            copy = metadata.nodes.add()
            copy.CopyFrom(other)
            changed = "node_id" if twice == "node_path" else "node_path"
            setattr(copy, changed, 10_000 if changed == "node_id" else "root.elsewhere")
    file.write_bytes(metadata.SerializeToString())
    assert "describes a part of the model twice" in str(opener(path).summary.untrainable)


# ---- ordinary ones are let through -----------------------------------------------------------


@pytest.mark.slow
def test_saved_models_of_every_kind_are_let_through(tmp_path: Path) -> None:
    import tensorflow as tf
    import tf_keras

    layers = tf_keras.layers
    inputs = tf_keras.Input((5, 3))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(inputs)
    x = layers.Dropout(0.5)(layers.GRU(3)(x))
    model = tf_keras.Model(inputs, layers.Dense(2)(x))
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((4, 5, 3)), np.ones((4, 2)), verbose=0)
    model.save(str(tmp_path / "recurrent"), save_format="tf")
    make_canonical(tmp_path / "recurrent")

    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["a"], tf.constant([1], tf.int64)), 0
    )

    class Module(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = table
            self.seen = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 0)

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
        def serve(self, x: Any) -> Any:
            return {"y": self.table.lookup(x) + self.seen.lookup(x)}

    module = Module()
    make_canonical(saved(module, tmp_path / "tables", module.serve))


def test_a_saved_model_of_tensorflow_1_is_let_through(tmp_path: Path) -> None:
    make_canonical(of_tensorflow_1(tmp_path / "m"))


# ---- .tflite ---------------------------------------------------------------------------------


def test_a_tflite_file_with_an_operator_that_writes(
    opener: Opener, tmp_path: Path, marker: Path
) -> None:
    """The runtime here has no operators of TensorFlow, so it cannot write; nor is it asked to."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((1, 4), tf.float32)], autograph=False)
    def serve(x: Any) -> Any:
        with tf.control_dependencies([tf.io.write_file(str(marker), "ran")]):
            return x * 2.0

    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    path = tmp_path / "m.tflite"
    path.write_bytes(converter.convert())
    marker.unlink(missing_ok=True)
    assert b"FlexWriteFile" in path.read_bytes()
    record = opener(path)
    assert record.summary.select_tf_ops == ("WriteFile",)


def test_a_tflite_file_with_a_custom_operator(opener: Opener, tmp_path: Path) -> None:
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((1, 4), tf.float32)])
    def serve(x: Any) -> Any:
        return tf.linalg.det(tf.reshape(x, (2, 2)))

    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    converter.allow_custom_ops = True
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    path = tmp_path / "m.tflite"
    path.write_bytes(converter.convert().replace(b"MatrixDeterminant", b"OperatorOfTheirs1"))
    with refused(ModelError, "OperatorOfTheirs1"):
        opener(path)


def packed(texts: list[bytes]) -> bytes:
    """Texts as TensorFlow packs them into `tensor_content`; all shorter than 128 bytes."""
    return bytes(map(len, texts)) + b"".join(texts)


def text(node: Any, content: bytes) -> None:
    """Makes a node a constant text that stands in `tensor_content`."""
    import tensorflow as tf

    node.op = "Const"
    node.attr["dtype"].type = tf.string.as_datatype_enum
    node.attr["value"].tensor.dtype = tf.string.as_datatype_enum
    node.attr["value"].tensor.tensor_content = content


def saving_at_the_start(meta_graph: Any, operator: str, place: str) -> None:
    """Adds an operator that saves to the graph, and has it run when the model is loaded."""
    import tensorflow as tf

    graph = meta_graph.graph_def
    text(graph.node.add(name="where"), packed([place.encode()]))
    for name, content in (("names", b"x"), ("slices", b"")):
        text(graph.node.add(name=name), packed([content]))
        graph.node[-1].attr["value"].tensor.tensor_shape.dim.add(size=1)
    value = graph.node.add(name="value", op="Const")
    value.attr["dtype"].type = tf.float32.as_datatype_enum
    value.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(1.0))
    node = graph.node.add(name="start", op=operator)
    if operator == "SaveV2":
        node.input.extend(["where", "names", "slices", "value"])
        node.attr["dtypes"].list.type.append(tf.float32.as_datatype_enum)
    else:
        node.input.extend(["names", "where"])
    meta_graph.collection_def["saved_model_main_op"].node_list.value.append("start")


@pytest.mark.parametrize("operator", ["SaveV2", "MergeV2Checkpoints"])
def test_saving_at_the_start_to_a_place_that_is_packed(
    opener: Opener, tmp_path: Path, marker: Path, operator: str
) -> None:
    path = of_tensorflow_1(tmp_path / "m")
    change(path, lambda meta_graph: saving_at_the_start(meta_graph, operator, str(marker)))
    with refused(UndecidedModelError, operator, "not run here", "--trust"):
        opener(path)


def test_control_loading_saves_to_a_place_that_is_packed(tmp_path: Path) -> None:
    import tensorflow as tf

    path, marker = of_tensorflow_1(tmp_path / "m"), tmp_path / "marker"
    change(path, lambda meta_graph: saving_at_the_start(meta_graph, "SaveV2", str(marker)))
    tf.saved_model.load(str(path))
    assert list(tmp_path.glob("marker*"))


def test_saving_at_the_start_whatever_the_place(
    opener: Opener, tmp_path: Path, marker: Path
) -> None:
    """It is the operator that is refused, not its argument: this one TensorFlow writes itself."""
    path = of_tensorflow_1(tmp_path / "m")
    change(path, lambda meta_graph: saving_at_the_start(meta_graph, "SaveV2", "model"))
    with refused(UndecidedModelError, "SaveV2", "not run here"):
        opener(path)


def test_a_signature_that_answers_with_what_saves(opener: Opener, tmp_path: Path) -> None:
    path = of_tensorflow_1(tmp_path / "m")

    def answer(meta_graph: Any) -> None:
        saver = meta_graph.saver_def
        meta_graph.signature_def["serving_default"].outputs["y"].name = saver.save_tensor_name

    with refused(UndecidedModelError, "not run here"):
        opener(change(path, answer))


@pytest.mark.parametrize("content", [b"", b"\x05ab", b"\xff\xff\xff\xff\xff\xff", b"\x01ab"])
def test_a_text_in_no_known_form(opener: Opener, tmp_path: Path, content: bytes) -> None:
    """Both forms at once, or lengths that do not fit."""
    path = of_tensorflow_1(tmp_path / "m")

    def write(meta_graph: Any) -> None:
        node = next(n for n in meta_graph.graph_def.node if n.op == "Const" and "save" in n.name)
        tensor = node.attr["value"].tensor
        tensor.tensor_content = content or packed([b"model"])
        if not content:
            tensor.string_val[:] = [b"model"]
        else:
            del tensor.string_val[:]

    with refused(ModelError, "not in a form that can be read"):
        opener(change(path, write))


def test_a_function_with_the_name_of_an_operator(opener: Opener, tmp_path: Path) -> None:
    path = serving(tmp_path / "m", lambda _: None)

    def rename(meta_graph: Any) -> None:
        function = meta_graph.graph_def.library.function.add()
        function.CopyFrom(meta_graph.graph_def.library.function[0])
        function.signature.name = "MatMul"

    with refused(ModelError, "“MatMul” is the name of one of TensorFlow's operators"):
        opener(change(path, rename))


@pytest.mark.parametrize("where", ["function", "node"])
def test_a_name_that_stands_twice(opener: Opener, tmp_path: Path, where: str) -> None:
    path = serving(tmp_path / "m", lambda _: None)

    def double(meta_graph: Any) -> None:
        graph = meta_graph.graph_def
        things = graph.library.function if where == "function" else graph.node
        things.add().CopyFrom(things[0])

    with refused(ModelError, f"the name of two {where}s"):
        opener(change(path, double))


def test_what_is_loaded_is_what_was_understood(tmp_path: Path) -> None:
    """Without what saves, fields that the message does not have, and strangers in the folder."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    path = serving(tmp_path / "m", lambda _: None)
    file = path / "saved_model.pb"
    file.write_bytes(file.read_bytes() + b"\xfa\x7f\x03abc")  # field 2047, of three bytes
    (path / "assets").mkdir(exist_ok=True)
    (path / "assets" / "words.txt").write_text("alpha")
    make_canonical(path)
    content = file.read_bytes()
    assert b"\xfa\x7f\x03abc" not in content
    [meta_graph] = SavedModel.FromString(content).meta_graphs
    graph = meta_graph.graph_def
    nodes = [*graph.node, *(node for each in graph.library.function for node in each.node_def)]
    operators = {node.op for node in nodes}
    assert "RestoreV2" in operators
    assert not operators & {"SaveV2", "MergeV2Checkpoints"}
    assert not (path / "assets" / "words.txt").exists()
    assert meta_graph.saver_def.restore_op_name
    make_canonical(path)
    assert file.read_bytes() == content


def exported(library: str, folder: Path) -> Path:
    """A small network as each library exports it."""
    import importlib

    layers = importlib.import_module(library).layers
    image = layers.Input((8, 8, 3), name="image")
    hidden = layers.BatchNormalization()(layers.Conv2D(4, 3)(image))
    answer = layers.Dense(3)(layers.Flatten()(hidden))
    importlib.import_module(library).Model(image, answer).export(str(folder))
    return folder


@pytest.mark.parametrize(
    "kind", some(["keras", "tf_keras", "TensorFlow 1", "module"], quick=["keras", "TensorFlow 1"])
)
def test_a_canonical_file_converts_to_the_same_bytes(tmp_path: Path, kind: str) -> None:
    import tensorflow as tf

    if kind == "TensorFlow 1":
        path = of_tensorflow_1(tmp_path / "m")
    elif kind == "module":
        path = serving(tmp_path / "m", lambda _: None)
    else:
        path = exported(kind, tmp_path / "m")
    before = tf.lite.TFLiteConverter.from_saved_model(str(path)).convert()
    make_canonical(path)
    assert tf.lite.TFLiteConverter.from_saved_model(str(path)).convert() == before


def test_a_saved_model_that_was_kept_as_it_came_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may not change what it was given."""
    path = serving(tmp_path / "m", lambda _: None)

    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("optimizer.models.trust.canonical_saved_model.write_atomically", read_only)
    with refused(ModelError, "from before such files were written anew", "Start a new study"):
        make_canonical(path)
