"""tests of models/: a .tflite that came ready is described, run, and refused when it is damaged."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.recognise import recognise
from optimizer.models.trust import write_canonical_tflite
from optimizer.store.study import FLOAT_TFLITE
from tests.levels import some
from tests.models.opening import opened
from tests.refused import refused


@pytest.fixture(scope="module")
def converted(
    model_files: dict[str, Path], pixels: npt.NDArray[np.uint8],
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:  # fmt: skip
    """Converts the tiny model: converted("int8") is a file."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("tflite")

    def convert(kind: str) -> Path:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(model_files["saved3"]))
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind == "int8":
            images = (pixels[:20] / np.float32(255)).astype(np.float32)
            converter.representative_dataset = lambda: ({"image": x[None]} for x in images)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.uint8
        file = folder / f"{kind}.tflite"
        file.write_bytes(converter.convert())
        return file

    return convert


@pytest.mark.parametrize("kind", ["float32", "float16", "dynamic_range", "int8"])
def test_a_ready_file_is_described_and_run(
    converted: Any, tiny3: Any, pixels: npt.NDArray[np.uint8], tmp_path: Path, kind: str
) -> None:
    file = converted(kind)
    record = opened(file, tmp_path)
    summary = record.summary
    assert (summary.ready, summary.quantized) == (True, kind != "float32")
    assert [str(spec) for spec in summary.inputs] == ["image: 8 × 8 × 3, float32"]
    assert [spec.shape[1:] for spec in summary.outputs] == [(3,)]
    assert summary.parameters == pytest.approx(tiny3.count_params(), abs=64)
    assert summary.macs
    assert (tmp_path / "study" / record.file).read_bytes() == file.read_bytes(), "as it came"
    write_canonical_tflite(file, tmp_path / "made")
    run = tmp_path / "study" / FLOAT_TFLITE
    assert run.read_bytes() == (tmp_path / "made").read_bytes(), "what was understood of it"
    x = (pixels[:20] / np.float32(255)).astype(np.float32)
    [outputs] = LoadedModel(file, recognise(file)).predict((x,))
    np.testing.assert_allclose(outputs, tiny3.predict_on_batch(x), atol=0.1)


def test_a_file_with_integer_inputs_says_how_it_is_fed(converted: Any, tmp_path: Path) -> None:
    [note] = opened(converted("int8"), tmp_path).summary.notes
    assert "“image” takes uint8 values" in note
    assert "float scale" in note


def test_a_file_with_operators_of_tensorflow_says_which(tmp_path: Path) -> None:
    import tensorflow as tf

    class Determinant(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, 3, 3), tf.float32, name="x")])
        def serve(self, x: Any) -> Any:
            return {"y": tf.linalg.det(x)}

    module = Determinant()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [module.serve.get_concrete_function()], module
    )
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS,
    ]  # fmt: skip
    file = tmp_path / "det.tflite"
    file.write_bytes(converter.convert())
    assert opened(file, tmp_path).summary.select_tf_ops == ("MatrixDeterminant",)


@pytest.mark.parametrize("kept", some([0.01, 0.3, 0.9, 0.99], quick=[0.3, 0.99]))
def test_a_truncated_file_is_refused(converted: Any, tmp_path: Path, kept: float) -> None:
    content = converted("float32").read_bytes()
    path = tmp_path / "cut.tflite"
    path.write_bytes(content[: int(kept * len(content))])
    with refused(ModelError, ".tflite"):
        opened(path, tmp_path)


def test_only_a_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "header.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(32))
    with refused(ModelError, "is damaged", "Convert or upload it again"):
        opened(path, tmp_path)
