"""tests of models/: a file of another framework is told what it is and how to bring it."""

import pickle
import zipfile
from pathlib import Path

import pytest

from optimizer.errors import ModelError
from optimizer.models.recognise import recognise

# As onnx 1.16 begins a model: ir_version 8, producer_name "pytorch"; and one without names.
ONNX = b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x80\x02\n"
BARE_ONNX = b"\x08\x07:\x10\x0a\x0e"
LAYERS = b'{"format": "layers-model", "generatedBy": "keras v2.4.0", "convertedBy": "TensorFlow.js"'
GRAPH = (
    b'{"format": "graph-model", "generatedBy": "2.9.0", "convertedBy": "TensorFlow.js Converter"'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ONNX, "This is an ONNX file.*onnx2tf -i"),
        (BARE_ONNX, "This is an ONNX file"),
        (LAYERS, "TensorFlow.js model.*tfjs_layers_model"),
        (GRAPH, "TensorFlow.js graph.*Bring the SavedModel"),
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
