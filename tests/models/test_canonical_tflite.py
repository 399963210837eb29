"""tests of models/: of a .tflite a new file is run, which answers as the one that came."""

import importlib.util
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.trust import write_canonical_tflite
from optimizer.models.trust.tflite import parts
from optimizer.models.trust.tflite.packing import pack
from tests.fuzz.mutations import CORPUS
from tests.hostile.tflite_files import SOUND, changed
from tests.levels import some
from tests.refused import refused

GOLDEN = Path(__file__).parents[1] / "store" / "golden" / "schema-1"


def answers(file: Path) -> tuple[Any, ...]:
    """All that the runtime tells of a file, and its outputs, by either set of kernels."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    told: list[Any] = []
    for kernels in (OpResolverType.AUTO, OpResolverType.BUILTIN_REF):
        interpreter = Interpreter(
            model_path=str(file), num_threads=1, experimental_op_resolver_type=kernels
        )
        interpreter.allocate_tensors()
        rng = np.random.default_rng(7)
        for tensor in interpreter.get_input_details():
            values = rng.normal(0, 3, tensor["shape"]).astype(tensor["dtype"])
            interpreter.set_tensor(tensor["index"], values)
        interpreter.invoke()
        details = (*interpreter.get_input_details(), *interpreter.get_output_details())
        told += [(one["name"], one["index"], one["dtype"], *one["shape"]) for one in details]
        told += [one["quantization"] for one in details]
        outputs = [interpreter.get_tensor(o["index"]) for o in interpreter.get_output_details()]
        told += [output.tobytes() for output in outputs]
    told.append(interpreter.get_signature_list())
    return tuple(told)


def function(call: Callable[..., Any], *specs: Any) -> bytes:
    import tensorflow as tf

    concrete = tf.function(call, input_signature=specs).get_concrete_function()
    return bytes(tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert())


def loop() -> bytes:
    import tensorflow as tf

    def call(x: Any) -> Any:
        return tf.while_loop(lambda y: tf.reduce_sum(y) < 100.0, lambda y: (y * 2.0 + 1.0,), (x,))

    return function(call, tf.TensorSpec((1, 4), tf.float32))


def branch() -> bytes:
    import tensorflow as tf

    def call(x: Any) -> Any:
        return tf.cond(tf.reduce_sum(x) > 0.0, lambda: x + 1.0, lambda: x - 1.0)

    return function(call, tf.TensorSpec((1, 4), tf.float32))


def recurrent() -> bytes:
    """The operator for whole sequences, with variables of its own."""
    import tensorflow as tf
    import tf_keras

    layers = tf_keras.layers
    model = tf_keras.Sequential([layers.Input((5, 3), batch_size=1), layers.LSTM(4)])
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def sparse() -> bytes:
    """Weights of which only those that are not zero are stored, in blocks."""
    import tensorflow as tf
    import tf_keras

    dense = tf_keras.layers.Dense(8)
    model = tf_keras.Sequential([tf_keras.layers.Input((64,), batch_size=1), dense])
    kernel = np.random.default_rng(3).normal(size=(64, 8)).astype(np.float32)
    kernel[np.arange(64) % 16 >= 4] = 0
    dense.set_weights([kernel, np.zeros(8, np.float32)])
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.EXPERIMENTAL_SPARSITY]
    return bytes(converter.convert())


def older() -> bytes:
    """As converters before TensorFlow 2.4 wrote it: no other field says the operator."""

    def put_back(model: Any) -> None:
        for code in model.operatorCodes:
            code.builtinCode = 0
        model.signatureDefs = []

    return changed(put_back)


def outside() -> bytes:
    """With weights behind the tables, as LiteRT Quantizer keeps them."""
    kept: list[bytes] = []

    def move(model: Any) -> None:
        for buffer in model.buffers:
            if buffer.data is not None and len(buffer.data) > 8:
                kept.append(buffer.data.tobytes())
                buffer.data, buffer.offset, buffer.size = None, 2**40 + len(kept), len(kept[-1])

    content = changed(move)
    content += bytes(-len(content) % 16)
    for at, part in enumerate(kept, 1):
        mark = struct.pack("<Q", 2**40 + at)
        assert content.count(mark) == 1
        content = content.replace(mark, struct.pack("<Q", len(content)))
        content += part + bytes(-len(part) % 16)
    return content


def with_metadata() -> bytes:
    """With a zip behind it, as the TFLite Task Library packs lists of labels."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("labels.txt", "cat\ndog\n")
    return SOUND.read_bytes() + packed.getvalue()


MADE: dict[str, Callable[[], bytes]] = {
    "loop": loop, "branch": branch, "recurrent": recurrent, "sparse": sparse, "older": older,
    "outside": outside, "with metadata": with_metadata, "sound": SOUND.read_bytes,
    "float32": (GOLDEN / "model" / "float32.tflite").read_bytes,
    **{file.name.partition("-")[0] + file.name[-8]: file.read_bytes
       for file in sorted((GOLDEN / "variants").glob("*.tflite"))},
}  # fmt: skip
SLOW = {"loop", "recurrent", "sparse"}


@pytest.mark.parametrize("kind", some(MADE, quick=[kind for kind in MADE if kind not in SLOW]))
def test_it_answers_bit_for_bit_as_the_file_that_came(tmp_path: Path, kind: str) -> None:
    given, made, again = (tmp_path / name for name in ("given", "made", "again"))
    given.write_bytes(MADE[kind]())
    write_canonical_tflite(given, made)
    assert answers(made) == answers(given)
    write_canonical_tflite(made, again)
    assert again.read_bytes() == made.read_bytes(), "it is its own canonical form"


def test_the_oldest_file_around_is_understood(tmp_path: Path) -> None:
    """One of TensorFlow 2.2, whose tables say that they are longer than what they have."""
    found = importlib.util.find_spec("tflite_micro")
    if found is None or not found.origin:
        pytest.skip("TFLite Micro has no wheel for this machine")
    given = Path(found.origin).parent / "python" / "tflite_micro" / "sine_float.tflite"
    write_canonical_tflite(given, tmp_path / "made")
    assert answers(tmp_path / "made") == answers(given)


def test_what_was_not_understood_is_not_in_it(tmp_path: Path) -> None:
    def add(model: Any) -> None:
        from ai_edge_litert import schema_py_generated as schema

        buffer: Any = schema.BufferT()
        buffer.data = np.frombuffer(b"THEIRS", np.uint8)
        entry: Any = schema.MetadataT()
        entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers)
        model.buffers.append(buffer)
        model.metadata.append(entry)
        model.subgraphs[0].operators[0].customOptions = np.frombuffer(b"THEIRS", np.uint8)
        model.metadataBuffer = [1, 2, 3]

    given, made = tmp_path / "given", tmp_path / "made"
    given.write_bytes(changed(add) + b"THEIRS")
    assert given.read_bytes().count(b"THEIRS") == 3
    write_canonical_tflite(given, made)
    assert b"THEIRS" not in made.read_bytes()
    assert b"TFLITE_METADATA" not in made.read_bytes()
    assert b"min_runtime_version" in made.read_bytes()


def test_weights_begin_where_the_runtime_wants_them(tmp_path: Path) -> None:
    """At multiples of 16 bytes, as the schema says (force_align)."""
    from ai_edge_litert import schema_py_generated as schema

    write_canonical_tflite(GOLDEN / "model" / "float32.tflite", tmp_path / "made")
    content = np.fromfile(tmp_path / "made", np.uint8)
    model = schema.Model.GetRootAs(content, 0)
    places = [
        model.Buffers(at).DataAsNumpy().__array_interface__["data"][0]
        - content.__array_interface__["data"][0]
        for at in range(model.BuffersLength())
        if model.Buffers(at).DataLength()
    ]
    assert len(places) > 3
    assert not any(place % 16 for place in places)


def test_the_tables_read_back_as_they_were() -> None:
    """Every kind of field that a schema has, held against the library's own reader."""
    from ai_edge_litert import schema_py_generated as schema

    for file in sorted(CORPUS.glob("*.tflite")):
        content = np.fromfile(file, np.uint8)
        made = bytes(pack(parts.read_parts(content), 0))
        trees = (schema.ModelT.InitFromPackedBuf(one) for one in (content, made))
        first, second = map(told, trees)
        assert first == second


def told(value: Any) -> Any:
    if isinstance(value, list):
        return [told(one) for one in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return {k: told(v) for k, v in vars(value).items()} if hasattr(value, "__dict__") else value


def test_a_file_that_would_be_larger_than_such_files_can_be_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import flatbuffers

    monkeypatch.setattr(flatbuffers.Builder, "MAX_BUFFER_SIZE", 1000)
    with refused(ModelError, "larger than 2 GB", "Convert a smaller model"):
        write_canonical_tflite(SOUND, tmp_path / "made")


def test_memory_is_that_of_the_file_and_of_the_new_one(tmp_path: Path) -> None:
    import tracemalloc

    large = 2**24

    def grow(model: Any) -> None:
        from tests.hostile.tflite_files import operator, tensor

        shape = operator(model, "SHAPE")
        shape.inputs = [tensor(model, "FLOAT32", [large // 4], bytes(large))]
        shape.outputs = [tensor(model, "INT32", [1])]

    (tmp_path / "given").write_bytes(changed(grow))
    write_canonical_tflite(SOUND, tmp_path / "made")  # what is imported counts too
    tracemalloc.start()
    write_canonical_tflite(tmp_path / "given", tmp_path / "made")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.3 * large
