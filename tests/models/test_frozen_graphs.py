"""tests of models/: frozen graphs of TensorFlow 1, whose inputs and outputs are found or chosen."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.open_options import UndecidedModelError
from optimizer.store.study import FLOAT_TFLITE
from tests.models.opening import opened, run
from tests.refused import refused

Build = Callable[[Any], None]


@pytest.fixture
def frozen(tmp_path: Path) -> Callable[[Build], Path]:
    """Writes the graph that a function builds with TensorFlow 1's interface."""
    import tensorflow as tf

    def write(build: Build) -> Path:
        v1 = tf.compat.v1
        with tf.Graph().as_default() as graph:
            v1.disable_control_flow_v2()  # as in TensorFlow 1
            try:
                build(v1)
            finally:
                v1.enable_control_flow_v2()
        path = tmp_path / "frozen.pb"
        path.write_bytes(graph.as_graph_def().SerializeToString())
        return path

    return write


def dense(v1: Any, x: Any, name: str, size: int = 3) -> Any:
    weights = np.random.default_rng(8).normal(size=(int(x.shape[-1]), size)).astype(np.float32)
    return v1.nn.softmax(v1.matmul(x, v1.constant(weights)), name=name)


def test_inputs_and_outputs_are_found_and_said(frozen: Any, tmp_path: Path) -> None:
    def build(v1: Any) -> None:
        first = v1.placeholder("float32", (None, 4), name="net/first")
        second = v1.placeholder("float32", (None, 2), name="net/second")
        joined = v1.concat([first, second], 1)
        dense(v1, joined, "net/classes")
        v1.identity(v1.reduce_mean(joined, 1, keepdims=True), name="net/mean")
        with v1.control_dependencies([v1.debugging.assert_non_negative(first)]):
            v1.no_op(name="checked")

    record = opened(frozen(build), tmp_path)
    summary = record.summary
    assert {spec.name: spec.shape for spec in summary.inputs} == {
        "net_first": (None, 4), "net_second": (None, 2),
    }  # fmt: skip
    assert {spec.name for spec in summary.outputs} == {"net_classes", "net_mean"}
    assert "from “net/first” and “net/second” to “net/classes” and “net/mean”" in summary.notes[-1]
    assert summary.parameters == 18
    rng = np.random.default_rng(1)
    x = {"net_first": rng.random((3, 4), np.float32), "net_second": rng.random((3, 2), np.float32)}
    classes, mean = run(tmp_path / "study" / FLOAT_TFLITE, x)
    np.testing.assert_allclose(classes.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(mean[:, 0], np.concatenate(list(x.values()), 1).mean(1), atol=1e-6)


def test_what_only_training_needs_is_switched_off(frozen: Any, tmp_path: Path) -> None:
    def build(v1: Any) -> None:
        x = v1.placeholder("float32", (None, 4), name="x")
        training = v1.placeholder("bool", (), name="is_training")
        again = v1.placeholder_with_default(False, (), name="also_training")
        keep = v1.placeholder("float32", name="keep_prob")
        noisy = v1.cond(training, lambda: x + 100.0, lambda: x)
        noisy = v1.cond(again, lambda: noisy + 100.0, lambda: noisy)
        v1.multiply(noisy, keep, name="y")

    record = opened(frozen(build), tmp_path)
    assert [spec.name for spec in record.summary.inputs] == ["x"]
    assert "“is_training” was set to False." in record.summary.notes
    assert "“keep_prob” was set to 1.0." in record.summary.notes
    x = np.arange(8, dtype=np.float32).reshape(2, 4)
    [y] = run(tmp_path / "study" / FLOAT_TFLITE, {"x": x})
    np.testing.assert_array_equal(y, x)


def decoding(v1: Any) -> None:
    """As the Inception of 2015: it begins with the bytes of a JPEG file."""
    contents = v1.placeholder("string", (), name="DecodeJpeg/contents")
    image = v1.cast(v1.image.decode_jpeg(contents, channels=3, name="DecodeJpeg"), "float32")
    resized = v1.image.resize_bilinear(v1.expand_dims(image, 0), (8, 8), name="ResizeBilinear")
    scaled = v1.multiply(resized - 128.0, 1 / 128, name="Mul")
    kernel = v1.constant(np.random.default_rng(2).normal(size=(3, 3, 3, 4)).astype(np.float32))
    features = v1.nn.relu(v1.nn.conv2d(scaled, kernel, padding="SAME"), name="conv")
    dense(v1, v1.reduce_mean(features, (1, 2)), "softmax")


def test_a_graph_that_decodes_images_asks_where_to_cut_it(frozen: Any, tmp_path: Path) -> None:
    path = frozen(decoding)
    with refused(
        UndecidedModelError, "begins with text or encoded files (DecodeJpeg)",
        "--inputs Mul --outputs softmax",
    ) as _:  # fmt: skip
        opened(path, tmp_path)
    shutil.rmtree(tmp_path / "study")
    with pytest.raises(UndecidedModelError) as caught:
        opened(path, tmp_path)
    question = caught.value.question
    assert question.graph_inputs[0].name == "Mul"
    assert {"ResizeBilinear", "conv"} <= {spec.name for spec in question.graph_inputs}
    assert question.graph_outputs[0].name == "softmax"
    assert question.graph_inputs[0].shape == (1, 8, 8, 3)
    shutil.rmtree(tmp_path / "study")

    record = opened(path, tmp_path, inputs=("Mul",), outputs=("softmax",))
    assert [spec.shape for spec in record.summary.inputs] == [(1, 8, 8, 3)]
    x = np.random.default_rng(3).random((2, 8, 8, 3), np.float32)
    [outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {"Mul": x})
    assert outputs.shape == (2, 3)


def test_another_output_can_be_chosen(frozen: Any, tmp_path: Path) -> None:
    record = opened(frozen(decoding), tmp_path, inputs=("Mul:0",), outputs=("conv:0",))
    assert [(spec.name, spec.shape) for spec in record.summary.outputs] == [
        ("conv", (1, 8, 8, 4))
    ]  # fmt: skip


def test_a_tensor_that_is_not_there_is_refused_with_some_that_are(
    frozen: Any, tmp_path: Path
) -> None:
    with refused(ModelError, "does not have all of the tensors Mull", "such as Mul"):
        opened(frozen(decoding), tmp_path, inputs=("Mull",), outputs=("softmax",))


def test_an_input_that_is_missing_is_named(frozen: Any, tmp_path: Path) -> None:
    def build(v1: Any) -> None:
        first = v1.placeholder("float32", (None, 4), name="first")
        second = v1.placeholder("float32", (None, 4), name="second")
        v1.add(first, second, name="sum")

    with refused(ModelError, "“sum” cannot be computed without “second”", "--inputs"):
        opened(frozen(build), tmp_path, inputs=("first",))


def test_an_open_size_is_asked_for_and_fixed(frozen: Any, tmp_path: Path) -> None:
    def build(v1: Any) -> None:
        x = v1.placeholder("float32", name="anything")
        v1.nn.relu(x, name="y")

    path = frozen(build)
    with refused(UndecidedModelError, "“anything” (any shape)", "--size anything=224x224x3"):
        opened(path, tmp_path)
    shutil.rmtree(tmp_path / "study")
    record = opened(path, tmp_path, sizes={"anything": (5,)})
    assert record.summary.inputs[0].shape == (None, 5)
    x = np.arange(-5, 5, dtype=np.float32).reshape(2, 5)
    [y] = run(tmp_path / "study" / FLOAT_TFLITE, {"anything": x})
    np.testing.assert_array_equal(y, np.maximum(x, 0))


def test_a_graph_with_its_variables_is_not_frozen(frozen: Any, tmp_path: Path) -> None:
    def build(v1: Any) -> None:
        x = v1.placeholder("float32", (None, 4), name="x")
        v1.disable_resource_variables()
        v1.matmul(x, v1.get_variable("weights", (4, 2)), name="y")

    with refused(ModelError, "not frozen", "“weights”", "Freeze it with its checkpoint"):
        opened(frozen(build), tmp_path)


def test_a_graph_that_takes_only_text_is_refused(frozen: Any, tmp_path: Path) -> None:
    def build(v1: Any) -> None:
        v1.identity(v1.placeholder("string", (None,), name="text"), name="again")

    with refused(UndecidedModelError, "begins with text", "nothing to convert"):
        opened(frozen(build), tmp_path)
