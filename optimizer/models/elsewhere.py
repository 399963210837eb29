"""models/: files of other frameworks: told what they are, and how to bring them."""

from collections.abc import Collection

# ModelProto of onnx.proto: ir_version is field 1; names (2 to 6), graph (7) or opsets (8) follow.
# A SavedModel begins as version 1 would, of which there are no files.
ONNX_VERSION, ONNX_NEXT = 0x08, {0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42}
OLDEST_ONNX, NEWEST_ONNX = 3, 30
PICKLES = {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"}  # by protocol
ONNX = (
    "This is an ONNX file. Convert it first: `pip install onnx2tf`, then `onnx2tf -i model.onnx` "
    "writes a SavedModel and a .tflite, and either can be opened here."
)
LAYERS = (
    "This is a TensorFlow.js model. Convert it back first: `pip install tensorflowjs`, then "
    "`tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras model.json "
    "model.h5` writes a file that can be opened here."
)
GRAPH = (
    "This is a TensorFlow.js graph, which has no layers and no way back. Bring the SavedModel or "
    "the Keras model that it was made from."
)
PICKLE = (
    "This is a pickle, as PyTorch and scikit-learn write them, which is code that would run. "
    "Export the model to ONNX, convert that with onnx2tf, and open the SavedModel that it writes."
)


def told_of(head: bytes) -> str | None:
    """What a file is that begins so, and how to bring it; None for what nobody here knows."""
    if len(head) > 2 and head[0] == ONNX_VERSION and OLDEST_ONNX <= head[1] <= NEWEST_ONNX:
        return ONNX if head[2] in ONNX_NEXT else None
    if head.lstrip().startswith(b"{"):
        if b"layers-model" in head:
            return LAYERS
        return GRAPH if b"graph-model" in head else None
    return PICKLE if head[:2] in PICKLES else None


def told_of_members(names: Collection[str]) -> str | None:
    """The same of a zip or folder with these members: what `torch.save` writes is one."""
    return PICKLE if any(name.endswith("data.pkl") for name in names) else None
