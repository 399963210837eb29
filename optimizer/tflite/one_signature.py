"""tflite/: gives a `.tflite` the one signature by which the LiteRT Quantizer feeds it."""

from collections.abc import Sequence

from ai_edge_litert import schema_py_generated as schema

SIGNATURE = "serving_default"
TFLITE_IDENTIFIER = b"TFL3"


def with_one_signature(content: bytes, inputs: Sequence[str]) -> tuple[bytes, str]:
    """The file, and the key of its only signature.

    Files that the converter of TensorFlow 1 made have none; they get one.

    Args:
        content: Of the `.tflite`.
        inputs: What to call its inputs, in the file's order.
    """
    root = schema.Model.GetRootAs(content, 0)
    if root.SignatureDefsLength() == 1:
        key = root.SignatureDefs(0).SignatureKey()
        return content, (key or b"").decode()
    model = schema.ModelT.InitFromObj(root)
    graph = model.subgraphs[0]
    signature = schema.SignatureDefT()
    signature.signatureKey = SIGNATURE
    signature.subgraphIndex = 0
    signature.inputs = _named(inputs, graph.inputs)
    outputs = [f"output_{place}" for place in range(len(graph.outputs))]
    signature.outputs = _named(outputs, graph.outputs)
    model.signatureDefs = [signature]
    return packed(model), SIGNATURE


def packed(model: schema.ModelT) -> bytes:
    """The content of a `.tflite` with all weights inside the flatbuffer."""
    import flatbuffers  # noqa: PLC0415 (seldom needed)

    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=TFLITE_IDENTIFIER)
    return bytes(builder.Output())


def _named(names: Sequence[str], tensors: Sequence[int]) -> list[schema.TensorMapT]:
    made = []
    for name, tensor in zip(names, tensors, strict=True):
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name, int(tensor)
        made.append(entry)
    return made
