"""tests of hostile files: SavedModels, frozen graphs and `.tflite` files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.open_options import OpenOptions, UndecidedModelError
from optimizer.models.trust import check_saved_model
from tests.archives import zip_folder
from tests.hostile.conftest import Opener
from tests.hostile.graphs import change, frozen, initializing, saved, serving
from tests.hostile.keras_files import lambda_model
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
    check_saved_model(path)

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


# ---- ordinary ones are let through -----------------------------------------------------------


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
    check_saved_model(tmp_path / "recurrent")

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
    check_saved_model(saved(module, tmp_path / "tables", module.serve))


def test_a_saved_model_of_tensorflow_1_is_let_through(tmp_path: Path) -> None:
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, (None, 4), name="x")
        weight = v1.get_variable("w", (4, 2), use_resource=False)
        y = tf.matmul(x, weight)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(tmp_path / "m"), {"x": x}, {"y": y})
    check_saved_model(tmp_path / "m")


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
