"""tests of models/: the architectures of keras.applications can be trained in Keras 2."""

from typing import Any

import keras
import numpy as np
import pytest
import tf_keras

from optimizer.models.bridge.agreement import check_agreement
from optimizer.models.bridge.replay import to_tf_keras
from tests.levels import some
from tests.models.bridge_models import perturb, random_inputs

# Each with the smallest side, or nearly, that it takes.
SIDES = {"MobileNetV2": 64, "EfficientNetB0": 64, "MobileNet": 64, "MobileNetV3Small": 64,
         "MobileNetV3Large": 64, "EfficientNetV2B0": 64, "ResNet50": 64, "ResNet50V2": 64,
         "DenseNet121": 64, "InceptionV3": 75, "Xception": 71, "NASNetMobile": 64, "VGG16": 48,
         "ConvNeXtTiny": 64}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "side"),
    some(SIDES.items(), quick=[("MobileNetV2", 64)]),
)
def test_a_family_is_bridged_and_cloned(name: str, side: int) -> None:
    model = build(name, side)
    perturb(model)
    inputs = random_inputs(model)
    twin = to_tf_keras(model)
    check_agreement(model, twin, inputs)
    [output] = twin(list(inputs), training=False)[None]
    assert np.std(output, axis=0).mean() > 1e-3 * np.std(output)
    copy = tf_keras.models.clone_model(twin)
    copy.set_weights(twin.get_weights())
    check_agreement(twin, copy, inputs)


def build(name: str, side: int) -> Any:
    return getattr(keras.applications, name)(
        input_shape=(side, side, 3), weights=None, classes=10, classifier_activation=None
    )
