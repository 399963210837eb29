"""tflite/: makes a `.tflite` of a changed one."""

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from optimizer.arrays import Array
from optimizer.tflite.flatbuffer import IDENTIFIER, Flatbuffer, read_flatbuffer

SIGNATURE = "serving_default"


def with_one_signature(content: bytes, inputs: Sequence[str]) -> tuple[bytes, str]:
    """The file, and the key of its only signature, by which the LiteRT Quantizer feeds it.

    Files that the converter of TensorFlow 1 made have none; they get one.

    Args:
        content: Of the `.tflite`.
        inputs: What to call its inputs, in the file's order.
    """
    file = read_flatbuffer(content)
    signatures = file.model.signatureDefs or []
    if len(signatures) == 1:
        return content, (signatures[0].signatureKey or b"").decode()
    graph = file.model.subgraphs[0]
    signature = schema.SignatureDefT()
    signature.signatureKey = SIGNATURE
    signature.subgraphIndex = 0
    signature.inputs = _named(inputs, graph.inputs)
    outputs = [f"output_{place}" for place in range(len(graph.outputs))]
    signature.outputs = _named(outputs, graph.outputs)
    file.model.signatureDefs = [signature]
    return _packed(file), SIGNATURE


def with_plain_operator_codes(content: bytes) -> bytes:
    """The file with the code of each operator where readers of today look for it.

    Converters before TensorFlow 2.4 filled only `deprecated_builtin_code`; whoever reads the newer
    field alone, as LiteRT Quantizer 0.11 does, takes all their operators for ADD, which is 0.
    """
    file = read_flatbuffer(content)
    old = [c for c in file.model.operatorCodes if c.builtinCode < c.deprecatedBuiltinCode]
    for code in old:
        code.builtinCode = code.deprecatedBuiltinCode
    return _packed(file) if old else content


def with_weights_inside(content: bytes) -> bytes:
    """The file with all weights inside the flatbuffer, where they may lie behind its root.

    LiteRT Quantizer 0.11 may store them at `Buffer.offset`; tools that read `Buffer.data` see no
    weights there, and TFLite Micro silently computes garbage.
    """
    file = read_flatbuffer(content)
    outside = any(buffer.offset > 1 for buffer in file.model.buffers)
    return _packed(file) if outside else content


def with_values(content: bytes, tensor: int, values: Array) -> bytes:
    """The file with other values in a constant of its main graph; others that share it keep theirs.

    Args:
        content: The file.
        tensor: The constant's index.
        values: Of its type and size.
    """
    file = read_flatbuffer(content)
    model = file.model
    one = model.subgraphs[0].tensors[tensor]
    users = [
        each for graph in model.subgraphs for each in graph.tensors if each.buffer == one.buffer
    ]
    if len(users) > 1:
        one.buffer = len(model.buffers)
        model.buffers.append(schema.BufferT())
    model.buffers[one.buffer].data = np.frombuffer(values.tobytes(), np.uint8)
    return _packed(file)


def with_metadata(content: bytes, name: str, text: str) -> bytes:
    """The file with a text beside its graphs, which `Flatbuffer.metadata` reads."""
    return with_entry(content, name, text.encode())


def with_entry(content: bytes, name: str, data: bytes) -> bytes:
    """The file with bytes beside its graphs, in the place of those of that name."""
    file = read_flatbuffer(content)
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(data, np.uint8)
    entry.name, entry.buffer = name, len(file.model.buffers)
    file.model.buffers.append(buffer)
    others = [one for one in file.model.metadata or () if one.name != name.encode()]
    file.model.metadata = [*others, entry]
    return _packed(file)


def _packed(file: Flatbuffer) -> bytes:
    for buffer in file.model.buffers:
        if buffer.offset > 1:  # its bytes are among the others already
            buffer.offset = buffer.size = 0
    builder = flatbuffers.Builder(0)
    builder.Finish(file.model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def _named(names: Sequence[str], tensors: Sequence[int]) -> list[Any]:
    made = []
    for name, tensor in zip(names, tensors, strict=True):
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name, int(tensor)
        made.append(entry)
    return made
