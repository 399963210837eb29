"""tests of models/: a file of another framework is told what it is and how to bring it."""

import pickle
import zipfile
from pathlib import Path

import pytest

from optimizer.errors import ModelError
from optimizer.models.recognise import recognise
from tests.archives import zip_folder

# As onnx 1.16 begins a model: ir_version 8, producer_name "pytorch"; and one without names.
ONNX = b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x80\x02\n"
BARE_ONNX = b"\x08\x07:\x10\x0a\x0e"
LAYERS = b'{"format": "layers-model", "generatedBy": "keras v2.4.0", "convertedBy": "TensorFlow.js"'
GRAPH = (
    b'{"format": "graph-model", "generatedBy": "2.9.0", "convertedBy": "TensorFlow.js Converter"'
)


OLD_LAYERS = b'{"modelTopology": {"keras_version": "2.1.6", "backend": "tensorflow", "model_config'
OLD_GRAPH = b'{"modelTopology": {"node": [{"name": "x", "op": "Placeholder"'
# As coremltools begins a model: specificationVersion 4, and a description of 200 bytes with inputs.
COREML = b"\x08\x04\x12\xc8\x01\x0a\x2c\x0a\x05image\x1a\x23"
TENSORS = (96).to_bytes(
    8, "little"
) + b'{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ONNX, "This is an ONNX file.*onnx2tf -i"),
        (BARE_ONNX, "This is an ONNX file"),
        (LAYERS, "TensorFlow.js model.*tfjs_layers_model"),
        (GRAPH, "TensorFlow.js graph.*Bring the SavedModel"),
        (OLD_LAYERS, "TensorFlow.js model"),
        (OLD_GRAPH, "TensorFlow.js graph"),
        (COREML, "Core ML model.*made from"),
        (TENSORS, "safetensors file: weights alone"),
        (pickle.dumps({"weights": [1.0]}), "This is a pickle.*ONNX"),
        (pickle.dumps([1.0], protocol=2), "This is a pickle"),
        (b"\x08\x07nothing of the kind", "not a model file"),
        (b"\x80\x99 neither", "not a model file"),
        (b"\x08\x01\x12\x80\x01 as a SavedModel begins", "without the variables beside it"),
    ],
)
def test_a_file_is_told_what_it_is(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"  # names say nothing
    path.write_bytes(content)
    with pytest.raises(ModelError, match=said):
        recognise(path)


def test_what_torch_saves_is_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({}))
        archive.writestr("model/version", "3")
    with pytest.raises(ModelError, match="This is a pickle"):
        recognise(path)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"model.json": LAYERS, "group1-shard1of1.bin": b"\x00" * 8}, "TensorFlow.js model"),
        ({"web/model.json": GRAPH}, "TensorFlow.js graph"),
        ({"net.onnx": ONNX, "README.md": b"# A network"}, "ONNX file"),
        ({"a.mlpackage/Data/com.apple.CoreML/model.mlmodel": COREML}, "Core ML model"),
        ({"serialized_exported_program.json": b"{}", "version": b"1"}, "torch.export"),
        ({"w.safetensors": TENSORS, "config.json": b"{}"}, "safetensors"),
        ({"ckpt-1.index": b"\x00", "ckpt-1.data-00000-of-00001": b"\x00"}, "checkpoint of Tens"),
    ],
    ids=["TF.js", "TF.js graph", "ONNX", "Core ML", "torch.export", "safetensors", "checkpoint"],
)
@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_a_zip_or_folder_is_told_what_it_is(
    members: dict[str, bytes], said: str, kind: str, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    path = folder if kind == "folder" else zip_folder(folder, tmp_path / "m.zip")
    with pytest.raises(ModelError, match=said):
        recognise(path)
