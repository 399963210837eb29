"""models/: files of other frameworks: told what they are, and how to bring them."""

import re
from collections.abc import Mapping

# ModelProto of onnx.proto: ir_version is field 1; names (2 to 6), graph (7) or opsets (8) follow.
# A SavedModel begins as version 1 would, of which there are no files.
ONNX_VERSION, ONNX_NEXT = 0x08, {0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42}
OLDEST_ONNX, NEWEST_ONNX = 3, 30
SAFETENSORS_HEADER = re.compile(rb'\{["}]')  # behind its length, 8 bytes
NEWEST_COREML = 30
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
COREML = (
    "This is a Core ML model, which has no way back. Bring the Keras model, the SavedModel or the "
    "PyTorch model that it was made from."
)
SAFETENSORS = (
    "This is a safetensors file: weights alone, without a network. Load them into their model "
    "where it was made, and save that with model.save('model.keras'); a PyTorch model goes to a "
    ".tflite with litert-torch."
)
EXPORTED = (
    "This is a program of torch.export. Convert the model with litert-torch "
    "(litert_torch.convert(model, inputs).export('model.tflite')) and open the .tflite."
)
CHECKPOINT = (
    "This is a checkpoint of TensorFlow: weights alone, without a network. Load it into the code "
    "of its model, and save that with model.save('model.keras') or tf.saved_model.save."
)
PICKLE = (
    "This is a pickle, as PyTorch and scikit-learn write them, which is code that would run. "
    "Export the model to ONNX, convert that with onnx2tf, and open the SavedModel that it writes."
)


def told_of(head: bytes) -> str | None:
    """What a file is that begins so, and how to bring it; None for what nobody here knows."""
    if _is_coreml(head):
        return COREML
    if len(head) > 2 and head[0] == ONNX_VERSION and OLDEST_ONNX <= head[1] <= NEWEST_ONNX:
        return ONNX if head[2] in ONNX_NEXT else None
    if head.lstrip().startswith(b"{"):
        return _of_tensorflow_js(head)
    if SAFETENSORS_HEADER.fullmatch(head[8:10]) and 2 <= int.from_bytes(head[:8], "little") < 2**27:
        return SAFETENSORS
    return PICKLE if head[:2] in PICKLES else None


def _of_tensorflow_js(head: bytes) -> str | None:
    if b"layers-model" in head:
        return LAYERS
    if b"graph-model" in head:
        return GRAPH
    if b'"modelTopology"' not in head:
        return None
    return GRAPH if b'"node"' in head else LAYERS  # older files do not name their format


def _is_coreml(head: bytes) -> bool:
    """Whether it begins as Model of Model.proto: specificationVersion, then a ModelDescription.

    That begins with its first input, field 1, where ONNX has a name in letters. Version 1 is left
    to SavedModels, which begin as it does.
    """
    if len(head) < 8 or head[0] != 0x08 or not 2 <= head[1] <= NEWEST_COREML or head[2] != 0x12:
        return False
    place = 3
    while place < 7 and head[place] & 0x80:  # the length, a varint
        place += 1
    return head[place + 1] == 0x0A


def told_of_members(heads: Mapping[str, bytes]) -> str | None:
    """The same of a zip or folder with these members, which begin so.

    What `torch.save` writes is one, and a model of TensorFlow.js or Core ML lies in a folder.
    """
    ends = {
        "data.pkl": PICKLE,
        "serialized_exported_program.json": EXPORTED,
        "archive_format": EXPORTED,
        ".mlmodel": COREML,
    }
    for end, told in ends.items():
        if any(name.endswith(end) for name in heads):
            return told
    if any(name.endswith(".index") for name in heads) and any(".data-0000" in n for n in heads):
        return CHECKPOINT
    return next(filter(None, map(told_of, heads.values())), None)
