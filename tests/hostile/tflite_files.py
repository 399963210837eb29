"""tests of hostile files: `.tflite` files that lie, each made of a sound one.

Another attack is another line of `ATTACKS`; what it shows where nobody looks is in `CONTROLS`.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutations import CORPUS

SOUND = CORPUS / "model.tflite"
"""A convolution, a reshape, a fully connected layer and a softmax; its weights have 8 bits."""
FAR = 2**31 - 1


def changed(change: Callable[[Any], object], content: bytes | None = None) -> bytes:
    """The sound file with its tables changed.

    Args:
        change: Is given `ModelT` of the schema.
        content: Another file to start from.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content or SOUND.read_bytes())
    change(model)
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def operator(model: Any, name: str, *, custom: str = "", version: int = 1) -> Any:
    """Adds an operator to the first graph, before all others; it takes and gives nothing yet."""
    from ai_edge_litert import schema_py_generated as schema

    code: Any = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, name)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version, code.customCode = version, custom or None
    model.operatorCodes.append(code)
    made: Any = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = len(model.operatorCodes) - 1, [], []
    model.subgraphs[0].operators.insert(0, made)
    return made


def tensor(model: Any, dtype: str, shape: list[int], content: bytes = b"") -> int:
    """Adds a tensor to the first graph; gives its place."""
    from ai_edge_litert import schema_py_generated as schema

    buffer: Any = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8) if content else None
    model.buffers.append(buffer)
    made: Any = schema.TensorT()
    made.name, made.shape, made.type = "theirs", shape, getattr(schema.TensorType, dtype)
    made.buffer = len(model.buffers) - 1
    model.subgraphs[0].tensors.append(made)
    return len(model.subgraphs[0].tensors) - 1


def options(made: Any, kind: str, **values: Any) -> Any:
    """Gives an operator options of a kind."""
    from ai_edge_litert import schema_py_generated as schema

    made.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
    made.builtinOptions = getattr(schema, f"{kind}T")()
    for name, value in values.items():
        setattr(made.builtinOptions, name, value)
    return made


def weights(model: Any) -> Any:
    """The largest constant tensor."""
    [graph] = model.subgraphs

    def stored(one: Any) -> int:
        data = model.buffers[one.buffer].data
        return 0 if data is None else len(data)

    return max(graph.tensors, key=stored)


def words(content: bytes, place: int, *values: int) -> bytes:
    """Puts numbers of 32 bits in the place of others."""
    put = struct.pack(f"<{len(values)}I", *values)
    return content[:place] + put + content[place + len(put) :]


def field(content: bytes, number: int) -> int:
    """Where a field of the root table begins."""
    root = struct.unpack_from("<I", content)[0]
    described = root - struct.unpack_from("<i", content, root)[0]
    return int(root + struct.unpack_from("<H", content, described + 4 + 2 * number)[0])


def vector(content: bytes, number: int) -> int:
    """Where the vector begins to which a field of the root table leads."""
    place = field(content, number)
    return int(place + struct.unpack_from("<I", content, place)[0])


SUBGRAPHS, BUFFERS = 2, 4  # fields of the root table


def to_itself(content: bytes) -> bytes:
    """The list of graphs leads back to the file's beginning, which leads to it."""
    place = vector(content, SUBGRAPHS)
    root = struct.unpack_from("<I", content)[0]
    return words(content, place + 4, (root - place - 4) % 2**32)


def all_alike(content: bytes) -> bytes:
    """A hundred thousand graphs that are one: a reader makes as many of it."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content)
    builder = flatbuffers.Builder(0)
    graph = model.subgraphs[0].Pack(builder)
    schema.ModelStartSubgraphsVector(builder, 100_000)
    for _ in range(100_000):
        builder.PrependUOffsetTRelative(graph)
    graphs = builder.EndVector()
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddSubgraphs(builder, graphs)
    builder.Finish(schema.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def overlapping(content: bytes) -> bytes:
    """Two buffers of which one begins amid the other's bytes."""

    def outside(model: Any) -> None:
        for at, buffer in enumerate(model.buffers[-2:]):
            buffer.data, buffer.offset, buffer.size = None, 2 + at, 8

    return changed(outside, content)


# ---- what an attack does to the tables -------------------------------------------------------


def while_itself(model: Any) -> None:
    made = operator(model, "WHILE")
    made.inputs = made.outputs = []
    options(made, "WhileOptions", condSubgraphIndex=0, bodySubgraphIndex=0)
    model.subgraphs[0].inputs = model.subgraphs[0].outputs = []


def if_itself(model: Any) -> None:
    made = operator(model, "IF")
    made.inputs = [tensor(model, "BOOL", [1], b"\x01")]
    options(made, "IfOptions", thenSubgraphIndex=0, elseSubgraphIndex=0)
    model.subgraphs[0].inputs = model.subgraphs[0].outputs = []


def once_itself(model: Any) -> None:
    options(operator(model, "CALL_ONCE"), "CallOnceOptions", initSubgraphIndex=0)
    model.subgraphs[0].inputs = model.subgraphs[0].outputs = []


def while_unsaid(model: Any) -> None:
    while_itself(model)
    made = model.subgraphs[0].operators[0]
    made.builtinOptionsType, made.builtinOptions = 0, None


def no_such_graph(model: Any) -> None:
    options(operator(model, "CALL_ONCE"), "CallOnceOptions", initSubgraphIndex=7)


def handle(model: Any) -> None:
    made = operator(model, "VAR_HANDLE")
    options(made, "VarHandleOptions", container="c", sharedName="../../theirs")
    made.outputs = [tensor(model, "RESOURCE", [1])]


def assign(model: Any) -> None:
    made = operator(model, "ASSIGN_VARIABLE")
    made.inputs = [
        tensor(model, "RESOURCE", [1], b"\0" * 4),
        tensor(model, "FLOAT32", [1], b"1234"),
    ]


def table_import(model: Any) -> None:
    made = operator(model, "HASHTABLE_IMPORT")
    made.inputs = [tensor(model, "INT32", [1], b"1234") for _ in range(3)]


def custom(model: Any) -> None:
    operator(model, "CUSTOM", custom="RunThis<script>")


def writes_log(model: Any) -> None:
    operator(model, "CUSTOM", custom="NumericVerify")


def newer(model: Any) -> None:
    operator(model, "ADD", version=99)


def unknown(model: Any) -> None:
    operator(model, "ADD")
    model.operatorCodes[-1].builtinCode = 5000


def other_file(model: Any) -> None:
    from ai_edge_litert import schema_py_generated as schema

    group: Any = schema.ExternalBufferGroupT()
    group.name = "/etc/passwd"
    external: Any = schema.ExternalBufferT()
    external.id, external.group = 1, 0
    model.externalBufferGroups, model.externalBuffers = [group], [external]
    one = weights(model)
    one.externalBuffer, one.buffer = 1, 0


def beyond(model: Any) -> None:
    buffer = model.buffers[weights(model).buffer]
    buffer.data, buffer.offset, buffer.size = None, 2**40, 512


def two_places(model: Any) -> None:
    buffer = model.buffers[weights(model).buffer]
    buffer.offset, buffer.size = 64, len(buffer.data)


def large_options(model: Any) -> None:
    made = operator(model, "CUSTOM", custom="Mfcc")
    made.largeCustomOptionsOffset, made.largeCustomOptionsSize = 2**33, 16


def short(model: Any) -> None:
    weights(model).shape = [1000 * int(size) for size in weights(model).shape]


def negative(model: Any) -> None:
    weights(model).shape = [-1, *weights(model).shape[1:]]


def endless(model: Any) -> None:
    first = model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]]
    first.shape = first.shapeSignature = [1, 2**16, 2**16, 1]


def signature_below(model: Any) -> None:
    model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].shapeSignature = [-7, 6, 6, 1]


def no_such_type(model: Any) -> None:
    weights(model).type = 99


def of_resources(model: Any) -> None:
    from ai_edge_litert import schema_py_generated as schema

    weights(model).type = schema.TensorType.RESOURCE


def no_such_tensor(model: Any) -> None:
    model.subgraphs[0].operators[0].inputs = [9999, 0]


def below_tensors(model: Any) -> None:
    model.subgraphs[0].operators[0].outputs = [-3]


def no_such_buffer(model: Any) -> None:
    weights(model).buffer = 4096


def no_such_code(model: Any) -> None:
    model.subgraphs[0].operators[0].opcodeIndex = 77


def no_such_signature(model: Any) -> None:
    model.signatureDefs[0].subgraphIndex = 55


def no_such_end(model: Any) -> None:
    model.signatureDefs[0].inputs[0].tensorIndex = 99


def written_constant(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.operators[-1].outputs = graph.outputs = [graph.tensors.index(weights(model))]
    model.signatureDefs = []


def fed_constant(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.inputs = [*graph.inputs, graph.tensors.index(weights(model))]


def read_before(model: Any) -> None:
    model.subgraphs[0].operators.reverse()


def left_out(model: Any) -> None:
    for operator in model.subgraphs[0].operators:
        operator.inputs = [-1, *operator.inputs[1:]]


def made_twice(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.operators.append(graph.operators[-1])


def kept_constant(model: Any) -> None:
    weights(model).isVariable = True


def many_scales(model: Any) -> None:
    quantization = weights(model).quantization
    quantization.scale, quantization.zeroPoint = np.ones(5, np.float32), np.zeros(5, np.int64)
    quantization.quantizedDimension = 0


def scale_of_nothing(model: Any) -> None:
    weights(model).quantization.scale = np.full(1, np.nan, np.float32)


def blocks_elsewhere(model: Any) -> None:
    from ai_edge_litert import schema_py_generated as schema

    quantization = weights(model).quantization
    quantization.detailsType = schema.QuantizationDetails.BlockwiseQuantization
    quantization.details = schema.BlockwiseQuantizationT()
    quantization.details.scales = 9999


def sparse(model: Any) -> None:
    """Values that lie at places beyond the tensor's own."""
    from ai_edge_litert import schema_py_generated as schema

    one = weights(model)
    levels = []
    for size in one.shape:
        level: Any = schema.DimensionMetadataT()
        level.denseSize = int(size)
        levels.append(level)
    packed: Any = levels[-1]
    packed.format = 1
    rows = int(np.prod(one.shape[:-1]))
    packed.arraySegmentsType = packed.arrayIndicesType = schema.SparseIndexVector.Int32Vector
    packed.arraySegments, packed.arrayIndices = schema.Int32VectorT(), schema.Int32VectorT()
    packed.arraySegments.values = np.arange(rows + 1, dtype=np.int32)
    packed.arrayIndices.values = np.full(rows, 10**6, np.int32)
    one.sparsity = schema.SparsityParametersT()
    one.sparsity.traversalOrder = np.arange(len(levels), dtype=np.int32)
    one.sparsity.blockMap, one.sparsity.dimMetadata = np.zeros(0, np.int32), levels
    model.buffers[one.buffer].data = np.zeros(rows, np.uint8)


def texts(model: Any) -> None:
    """A text that begins where the file does not go."""
    place = tensor(model, "STRING", [1], struct.pack("<3i", 1, 12, FAR) + b"text")
    made = operator(model, "SHAPE")
    options(made, "ShapeOptions", outType=2)
    made.inputs, made.outputs = [place], [tensor(model, "INT32", [1])]


def metadata(model: Any) -> None:
    model.metadata[0].buffer = 5000


def old(model: Any) -> None:
    model.version = 99


@dataclass(frozen=True)
class Attack:
    """A file that lies.

    Attributes:
        make: Gives its content.
        said: What the refusal names.
    """

    make: Callable[[], bytes]
    said: str


def _of(change: Callable[[Any], object], said: str) -> Attack:
    return Attack(lambda: changed(change), said)


def _raw(change: Callable[[bytes], bytes], said: str) -> Attack:
    return Attack(lambda: change(SOUND.read_bytes()), said)


ATTACKS: dict[str, Attack] = {
    "nothing": _raw(lambda _: b"", "is empty"),
    "a header": _raw(lambda content: content[:8], "leads out of it"),
    "half": _raw(lambda content: content[: len(content) // 2], "is damaged"),
    "all but its end": _raw(lambda content: content[:-9], "is damaged"),
    "a root that is far away": _raw(lambda content: words(content, 0, FAR), "leads out of it"),
    "a root that is the file's beginning": _raw(lambda c: words(c, 0, 0), "is damaged"),
    "graphs that lead to the root": _raw(to_itself, "is damaged"),
    "a thousand graphs that are one": _raw(all_alike, "stand for each other"),
    "parts that overlap": _raw(overlapping, "share the bytes"),
    "a vector of two billion graphs": _raw(
        lambda c: words(c, vector(c, SUBGRAPHS), FAR), "should end at byte"
    ),
    "a vector of two billion buffers": _raw(
        lambda c: words(c, vector(c, BUFFERS), FAR), "should end at byte"
    ),
    "a loop that runs itself": _of(while_itself, "WHILE runs a graph"),
    "a branch that runs itself": _of(if_itself, "runs itself"),
    "a beginning that runs itself": _of(once_itself, "runs itself"),
    "a loop that does not say what it runs": _of(while_unsaid, "does not say which graph"),
    "a graph that is not there": _of(no_such_graph, "runs the graph 7"),
    "a variable with a path for a name": _of(handle, "VAR_HANDLE"),
    "a variable that is set": _of(assign, "ASSIGN_VARIABLE"),
    "a table that is filled": _of(table_import, "HASHTABLE_IMPORT"),
    "an operator of its own": _of(custom, "“RunThis<script>”"),
    "an operator that writes to the log": _of(writes_log, "“NumericVerify”"),
    "an operator in a version of tomorrow": _of(newer, "ADD in version 99"),
    "an operator without a name": _of(unknown, "code 5000"),
    "weights in another file": _of(other_file, "another file (/etc/passwd)"),
    "a buffer beyond the file": _of(beyond, "should end at byte"),
    "a buffer in two places": _of(two_places, "in two places"),
    "options beyond the file": _of(large_options, "should end at byte"),
    "weights that are fewer than their shape": _of(short, "needs"),
    "a shape below zero": _of(negative, "a size below zero"),
    "a shape of billions": _of(endless, "4,294,967,296 values"),
    "a declared shape below zero": _of(signature_below, "a size below zero"),
    "a type that is none": _of(no_such_type, "a type that is not known (99)"),
    "weights that are handles": _of(of_resources, "RESOURCE"),
    "a tensor that is not there": _of(no_such_tensor, "no tensor 9999"),
    "a tensor below zero": _of(below_tensors, "no tensor -3"),
    "a buffer that is not there": _of(no_such_buffer, "buffer 4096"),
    "a kind of operator that is not there": _of(no_such_code, "of the kind 77"),
    "a signature of no graph": _of(no_such_signature, "the graph 55"),
    "a signature of no input": _of(no_such_end, "that the graph does not have"),
    "an operator that writes to weights": _of(written_constant, "has its values already"),
    "an input that is weights": _of(fed_constant, "both a constant and an input"),
    "operators in the wrong order": _of(read_before, "nothing has made by then"),
    "an operator without its first input": _of(left_out, "leaves out its first input"),
    "a tensor that is made twice": _of(made_twice, "has its values already"),
    "weights that are a variable": _of(kept_constant, "both a constant and a variable"),
    "more scales than channels": _of(many_scales, "5 scales"),
    "a scale that is no number": _of(scale_of_nothing, "no positive number"),
    "scales in a tensor that is not there": _of(blocks_elsewhere, "in a tensor that is not there"),
    "packed values beyond the tensor": _of(sparse, "lie outside of it"),
    "a text beyond the file": _of(texts, "do not lie where they should"),
    "metadata in a buffer that is not there": _of(metadata, "buffer 5000"),
    "another version": _of(old, "its version is 99"),
}


def write(folder: Path, name: str) -> Path:
    """Writes the file of an attack."""
    path = folder / "theirs.tflite"
    path.write_bytes(ATTACKS[name].make())
    return path
