"""tests of tflite/: each weight tensor by itself, and the layer that it comes from."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.measure.layer_of import layers_of
from optimizer.models.summary import LayerFit
from optimizer.techniques.converters.litert_quantizer import quantize_weights
from optimizer.techniques.technique import Sources
from optimizer.tflite.facts import WeightTensor
from optimizer.tflite.graph import Tensor
from optimizer.tflite.weights import Weight, _describe, _gzip_bytes
from tests.layers import fit
from tests.tflite_files import read_contents

KINDS = ("float32", "float16", "int8")
CLUSTERS = 8


def change(model: Any, how: Callable[[Any], Any]) -> Any:
    """A copy whose kernels are changed, biases left alone."""
    import keras

    changed = keras.models.clone_model(model)
    changed.set_weights([how(w) if w.ndim > 1 else w for w in model.get_weights()])
    return changed


def clustered(kernel: Any) -> Any:
    """The same with each weight replaced by the nearest of CLUSTERS values."""
    values = np.linspace(kernel.min(), kernel.max(), CLUSTERS)
    return values[np.abs(kernel[..., None] - values).argmin(-1)]


@pytest.mark.parametrize("kind", KINDS)
def test_clusters_survive_per_channel_in_every_conversion(
    kind: str, cnn: Any, convert: Callable[..., Path], images: Any
) -> None:
    file = convert(change(cnn, clustered), kind, images.arrays[0])
    assert max(w.unique_per_channel for w in read_contents(file).weights) <= CLUSTERS


def test_clusters_and_zeros_survive_the_litert_quantizer(
    cnn: Any, convert: Callable[..., Path], tmp_path: Path
) -> None:
    sparse = change(cnn, lambda k: np.where(np.abs(k) < np.median(np.abs(k)), 0, clustered(k)))
    float_tflite = convert(sparse)
    content = quantize_weights(
        Sources(tmp_path, lambda: float_tflite, ("x",), None, lambda *_: None)
    )
    file = tmp_path / "weights.tflite"
    file.write_bytes(content)
    weights = read_contents(file).weights
    assert {weight.dtype for weight in weights} == {"INT8"}
    assert max(weight.unique_per_channel for weight in weights) <= CLUSTERS + 1
    assert min(weight.zeros for weight in weights) >= 0.45


def test_gzip_tells_pruned_weights_from_dense_ones(cnn: Any, convert: Callable[..., Path]) -> None:
    pruned = convert(change(cnn, lambda k: np.where(np.abs(k) < np.quantile(np.abs(k), 0.8), 0, k)))
    largest = [max(read_contents(f).weights, key=lambda w: w.size_bytes)
               for f in (convert(cnn), pruned)]  # fmt: skip
    dense, sparse = largest
    assert dense.size_bytes == sparse.size_bytes
    assert sparse.gzip_bytes < 0.5 * dense.gzip_bytes <= 0.5 * (dense.size_bytes + 64)


@pytest.mark.parametrize("share", [0.0, 0.8], ids=["dense", "pruned"])
def test_the_gzip_size_of_a_large_tensor_is_estimated_to_a_few_percent(share: float) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 30, 3_000_000).clip(-127, 127).astype(np.int8)
    values[rng.random(values.size) < share] = 0
    exact = len(gzip.compress(values.tobytes(), 6))
    assert _gzip_bytes(values.view(np.uint8)) == pytest.approx(exact, rel=0.02)


def test_twenty_five_million_weights_take_seconds() -> None:
    values = np.random.default_rng(0).integers(-127, 128, (512, 1024), dtype=np.int8)
    stored = values.view(np.uint8).ravel()
    kernel = Tensor(0, "w", "INT8", values.shape, values.shape, constant=stored)
    weight = Weight("FULLY_CONNECTED", kernel, stored, values, 0)
    began = time.thread_time()
    for _ in range(6):
        _describe(weight)
    assert 8 * (time.thread_time() - began) < 6  # twice what it should be, for a busy machine


def layer(name: str, kind: str, parameters: int) -> LayerFit:
    return fit(name, kind, parameters)


def tensor(name: str, *shape: int, operator: str = "CONV_2D") -> WeightTensor:
    return WeightTensor(name, operator, "FLOAT32", shape, 4, 0.0, 9, 9, "none", 4)


def names(weights: list[WeightTensor], fits: list[LayerFit]) -> list[str | None]:
    return [fit.name if fit else None for fit in layers_of(weights, fits)]


CONVOLUTIONS = [
    layer("conv2d", "Conv2D", 224),
    layer("bn", "BatchNormalization", 32),
    layer("conv2d_1", "Conv2D", 584),
    layer("conv2d_1_1", "Conv2D", 584),
]


@pytest.mark.parametrize(
    "written",
    [
        ("model/conv2d/Conv2D", "model/conv2d_1/Conv2D", "model/conv2d_1_1/Conv2D"),
        ("m_1/conv2d_1/convolution", "m_1/conv2d_1_2/convolution", "m_1/conv2d_1_1_1/convolution"),
        ("conv2d_1/bn/FusedBatchNormV3;conv2d_1/conv2d/depthwise", "conv2d_1/conv2d_1/Conv2D",
         "conv2d_1/conv2d_1_1/Conv2D"),
        ("model/quant_conv2d/Conv2D;model/quant_conv2d/LastValueQuant/FakeQuant",
         "model/quant_conv2d_1/Conv2D", "model/quant_conv2d_1_1/Conv2D"),
        ("arith.constant2", "model/conv2d_1/Conv2D", "arith.constant1"),
    ],
    ids=["tf_keras", "Keras 3", "folded, in a model named like a layer", "QAT", "no names"],
)  # fmt: skip
def test_tensors_are_traced_to_their_layers(written: tuple[str, str, str]) -> None:
    first, second, third = written
    weights = [tensor(first, 8, 3, 3, 3), tensor(second, 8, 3, 3, 8), tensor(third, 8, 3, 3, 8)]
    assert names(weights, CONVOLUTIONS) == ["conv2d", "conv2d_1", "conv2d_1_1"]


def test_a_tensor_named_after_the_batch_norm_is_of_the_layer_before() -> None:
    fits = [layer("a", "Dense", 72), layer("b", "Dense", 4160), layer("bn", "BatchNormalization",
            256), layer("relu", "ReLU", 0), layer("c", "Dense", 4160)]  # fmt: skip
    weights = [
        tensor("m/a/MatMul", 8, 8),
        tensor("m/relu/Relu;m/bn/batchnorm/mul_1", 64, 64),
        tensor("m/c/MatMul", 64, 64),
    ]
    assert names(weights, fits) == ["a", "b", "c"]


def test_layers_that_were_taken_apart_get_all_their_tensors() -> None:
    fits = [layer("conv", "Conv2D", 224), layer("sep", "SeparableConv2D", 216),
            layer("lstm", "LSTM", 2112), layer("out", "Dense", 51)]  # fmt: skip
    weights = [
        tensor("m/quant_conv/Conv2D", 8, 3, 3, 3),
        tensor("m/quant_depthwise_conv2d_7/depthwise", 1, 3, 3, 8),
        tensor("m/quant_conv2d_9/Conv2D", 16, 1, 1, 8),
        tensor("arith.constant5", 64, 16),
        tensor("arith.constant4", 64, 16),
        tensor("m/out/MatMul", 3, 16),
    ]
    assert names(weights, fits) == ["conv", "sep", "sep", "lstm", "lstm", "out"]


def test_what_cannot_be_told_stays_untold() -> None:
    assert names([tensor("arith.constant", 8, 3, 3, 3)], []) == [None]
    assert names([tensor("arith.constant", 64, 64)], CONVOLUTIONS) == [None]


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_every_tensor_of_a_real_file_is_traced(
    library: str, tiny3: Any, tiny2: Any, model_files: dict[str, Path], tmp_path: Path
) -> None:
    from optimizer.techniques.converters.tensorflow_converter import convert as run
    from optimizer.techniques.converters.tensorflow_converter import converter_for

    model = tiny3 if library == "keras" else tiny2
    model.export(tmp_path / "saved", verbose=False) if library == "keras" else model.export(
        str(tmp_path / "saved")
    )
    file = tmp_path / "model.tflite"
    file.write_bytes(run(converter_for(tmp_path / "saved")))
    fits = [layer(x.name, type(x).__name__, x.count_params()) for x in model.layers[1:]]
    found = names(list(read_contents(file).weights), fits)
    assert found == [x.name for x in model.layers if type(x).__name__.endswith(("2D", "Dense"))
                     and x.weights]  # fmt: skip
