"""tests of techniques/: the architectures people use get through quantization-aware training.

The whole way of each: Keras 3, Keras 2, quantization-aware, a few steps of training, SavedModel,
int8 file. Its outputs are compared with those of the model that was trained, which rounds as the
file should. `make test-all` takes all of them and prints the table.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.measure.fidelity import fidelity
from optimizer.measure.predict import predict
from optimizer.recipes import parse
from optimizer.techniques.technique import Sources
from tests.levels import some
from tests.samples import ArraySamples

FAMILIES = ["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "EfficientNetB0",
            "EfficientNetV2B0", "ResNet50", "ResNet50V2", "DenseNet121", "InceptionV3", "Xception",
            "NASNetMobile", "VGG16", "ConvNeXtTiny"]  # fmt: skip
# These take 0..255 and rescale it themselves.
BYTES = {"MobileNetV3Small", "MobileNetV3Large", "EfficientNetB0", "EfficientNetV2B0",
         "ConvNeXtTiny"}  # fmt: skip
SIDE, CLASSES, SAMPLES = 96, 10, 16


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    family: str
    aware: int
    layers: int
    snr_db: float
    seconds: float

    def __str__(self) -> str:
        share = f"{self.aware} of {self.layers} layers"
        return f"{self.family:18} {share:>18} {self.snr_db:6.1f} dB {self.seconds:6.1f} s"


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """Collects the rows, and prints them past pytest's capture."""
    rows: list[Row] = []
    yield rows
    plugin = request.config.pluginmanager.getplugin
    title = "Quantization-aware training: the int8 file against the trained model"
    with plugin("capturemanager").global_and_fixture_disabled():
        plugin("terminalreporter").write_line("\n".join(["", title, *map(str, rows)]))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("family", some(FAMILIES, quick=[]))
def test_the_file_computes_what_was_trained(family: str, table: list[Row], tmp_path: Path) -> None:
    table.append(walk(family, tmp_path))
    assert table[-1].snr_db >= 20


def walk(family: str, folder: Path) -> Row:
    """Takes one family the whole way."""
    import tf_keras

    from optimizer.models.bridge.replay import to_tf_keras
    from optimizer.techniques.tfmot.quantization_aware import (
        make_quantization_aware,
        quantizable,
    )

    began = time.monotonic()
    images = pictures(255 if family in BYTES else 1)
    model = to_tf_keras(settled(family, images))
    reasons = quantizable(model)
    names = [name for name, reason in reasons.items() if reason is None]
    aware = make_quantization_aware(model, names, preserve_sparsity=False, preserve_clusters=False)
    loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    aware.compile(tf_keras.optimizers.legacy.SGD(1e-6), loss)
    aware.fit(images, np.arange(SAMPLES) % CLASSES, batch_size=8, epochs=2, verbose=0)
    aware.export(str(folder / "saved_model"))
    sources = Sources(
        folder / "saved_model",
        lambda: folder,
        tuple(aware.input_names),
        ArraySamples((images,)),
        lambda *_: None,
    )
    file = folder / "int8.tflite"
    file.write_bytes(parse("int8").conversion.convert(sources))
    outputs = predict(file, ArraySamples((images,)))
    result = fidelity(outputs, [aware.predict(images, verbose=0)], classes=())
    assert result.snr_db is not None
    return Row(family, len(names), len(reasons), result.snr_db, time.monotonic() - began)


def pictures(scale: float) -> npt.NDArray[np.float32]:
    """Smooth random images in 0..scale, shape (SAMPLES, SIDE, SIDE, 3)."""
    coarse = np.random.default_rng(5).random((SAMPLES, 8, 8, 3), np.float32) * np.float32(scale)
    return coarse.repeat(SIDE // 8, 1).repeat(SIDE // 8, 2)


def settled(family: str, images: npt.NDArray[np.float32]) -> Any:
    """The Keras 3 model with random weights, and statistics as if it had been trained.

    It ends before the softmax, which hides noise. A random network with normalization is chaotic:
    the noise of each layer is amplified by all that follow, by a trained one it is not. The shift
    of about 1 keeps most units in the straight part of their activation.
    """
    import keras

    keras.utils.set_random_seed(3)
    model = getattr(keras.applications, family)(
        weights=None, input_shape=(SIDE, SIDE, 3), classes=CLASSES, classifier_activation=None
    )
    rng = np.random.default_rng(4)
    norms = [n for n in model.layers if isinstance(n, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.momentum = 0.0  # takes the statistics of the next batch
        norm.beta.assign(rng.normal(1.0, 0.3, norm.beta.shape))
        if norm.gamma is not None:
            norm.gamma.assign(rng.uniform(0.8, 1.25, norm.gamma.shape))
    model(images, training=True)
    for norm in norms:
        norm.momentum = 0.99
    return model
