"""tests of hostile files: SavedModels and frozen graphs that write files, made by TensorFlow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

SIGNATURE = "serving_default"


def saved(module: Any, folder: Path, serve: Any) -> Path:
    """Saves a module with a signature; returns its folder."""
    import tensorflow as tf

    tf.saved_model.save(module, str(folder), signatures={SIGNATURE: serve})
    return folder


def serving(folder: Path, body: Callable[[Any], Any]) -> Path:
    """A SavedModel whose signature also runs `body`, on a model with one variable."""
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = tf.Variable(tf.ones((4, 2)))

        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)], autograph=False)
        def serve(self, x: Any) -> Any:
            extra = body(x)
            with tf.control_dependencies([] if extra is None else [extra]):
                return {"y": tf.matmul(x, self.weight)}

    module = Module()
    return saved(module, folder, module.serve)


def initializing(folder: Path, marker: Path) -> Path:
    """A SavedModel with a resource whose initializer writes the marker when it is loaded."""
    import tensorflow as tf
    from tensorflow.python.trackable.resource import CapturableResource

    class Resource(CapturableResource):
        def _create_resource(self) -> Any:
            return tf.raw_ops.MutableHashTableV2(key_dtype=tf.string, value_dtype=tf.int64)

        def _initialize(self) -> Any:
            tf.io.write_file(str(marker), "ran")
            return tf.constant(1.0)

    class Module(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.resource = Resource()

        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])
        def serve(self, x: Any) -> Any:
            return {"y": x + 1.0}

    module = Module()
    saved(module, folder, module.serve)
    marker.unlink(missing_ok=True)
    return folder


def of_tensorflow_1(folder: Path) -> Path:
    """A SavedModel of TensorFlow 1 with a variable, whose graph itself saves and restores."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, (None, 4), name="x")
        weight = v1.get_variable("w", (4, 2), use_resource=False)
        y = tf.matmul(x, weight)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(folder), {"x": x}, {"y": y})
    return folder


def change(folder: Path, edit: Callable[[Any], None]) -> Path:
    """Changes the first graph of a SavedModel."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    file = folder / "saved_model.pb"
    saved_model = SavedModel.FromString(file.read_bytes())
    edit(saved_model.meta_graphs[0])
    file.write_bytes(saved_model.SerializeToString())
    return folder


def frozen(path: Path, body: Callable[[Any], Any]) -> Path:
    """A frozen graph whose output needs what `body` makes of its input."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (1, 4), name="x")
        with tf.control_dependencies([body(x)]):
            tf.multiply(x, 2.0, name="y")
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path
