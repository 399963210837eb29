"""models/bridge/: the tf_keras twin of one layer. Workers only: imports TensorFlow.

Most layers of Keras 3 have a namesake in tf_keras that takes nearly the same arguments; the rest
stands in the tables below.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
import tf_keras

from optimizer.errors import ModelError
from optimizer.models.bridge.activations import twin_activation
from optimizer.models.bridge.keras_graph import is_model
from optimizer.models.bridge.precision import float32_policy, in_float32

Config = dict[str, Any]

# Arguments of Keras 3 that change how a layer is computed but never what; Keras 2 has none.
# `value_range` clips what RandomContrast makes in training, so it has no effect on inference.
MEANINGLESS = {"use_cudnn", "flash_attention", "value_range"}
ACTIVATIONS = {"activation", "recurrent_activation"}
RENAMED = {("LeakyReLU", "negative_slope"): "alpha"}
# Augmentations of Keras 3 that Keras 2 lacks, and that hand images on as they are in inference.
AUGMENTATIONS = {"AugMix", "Equalization", "RandAugment", "RandomColorDegeneration",
                 "RandomColorJitter", "RandomElasticTransform", "RandomErasing",
                 "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert",
                 "RandomPerspective", "RandomPosterization", "RandomSaturation",
                 "RandomSharpness", "RandomShear", "Solarization"}  # fmt: skip


@tf_keras.utils.register_keras_serializable(package="liteweigh")
class LayerScale(tf_keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Multiplies the channels by learned factors, as ConvNeXt does.

    tf_keras has this layer too, but does not register it, so tfmot could not rebuild it.
    """

    def __init__(self, projection_dim: int, **kwargs: Any) -> None:
        """`projection_dim` is the number of channels."""
        super().__init__(**kwargs)
        self.projection_dim = projection_dim

    def build(self, input_shape: Any) -> None:
        """Makes the factors, shape (projection_dim,)."""
        self.gamma = self.add_weight("gamma", (self.projection_dim,), initializer="ones")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Scales (..., projection_dim)."""
        return inputs * self.gamma

    def get_config(self) -> Config:
        """The arguments of the constructor."""
        return {**super().get_config(), "projection_dim": self.projection_dim}


def is_only_augmentation(layer: Any) -> bool:
    """Whether a layer does nothing in inference, and has no twin for training."""
    return type(layer).__name__ in AUGMENTATIONS


def make_twin(layer: Any, name: str, bridge: Callable[[Any], Any]) -> Any:
    """A new tf_keras layer that computes what `layer` (of Keras 3 or tf_keras) does, unbuilt.

    Args:
        layer: a layer, but no model.
        name: the name of the twin.
        bridge: makes the twin of a model that the layer wraps, as TimeDistributed may.

    Raises:
        ModelError: tf_keras has no such layer, or not with these arguments.
    """
    kind, base = type(layer), {"name": name, "trainable": layer.trainable, "dtype": "float32"}
    if kind.__name__ in SPECIAL:
        return SPECIAL[kind.__name__](layer, base)
    if is_model(getattr(layer, "layer", None)):
        return getattr(tf_keras.layers, kind.__name__)(bridge(layer.layer), **base)
    if isinstance(layer, tf_keras.layers.Layer):
        return kind.from_config({**in_float32(layer.get_config()), "name": name})
    return _namesake(kind, {**layer.get_config(), "name": name})


def _namesake(original: type, config: Config) -> Any:
    """The tf_keras layer of the same name, from the config of a Keras 3 layer."""
    kind = getattr(tf_keras.layers, original.__name__, None)
    if getattr(keras.layers, original.__name__, None) is not original or kind is None:
        raise ModelError(f"Keras 2 has no {original.__name__}.")
    known, defaults = _parameters(kind), _parameters(original)
    arguments = {}
    for key, value in config.items():
        name = RENAMED.get((original.__name__, key), key)
        if key == "seed" or key.endswith("_initializer"):
            continue  # the weights are copied, and chance has no part in inference
        if name in known:
            arguments[name] = _argument(name, value)
        elif key not in MEANINGLESS and not _is_default(value, defaults.get(key, False)):
            raise ModelError(
                f"{original.__name__} of Keras 2 has no “{key}”, which is {value!r} here."
            )
    return kind(**arguments)


@cache
def _parameters(kind: type) -> dict[str, Any]:
    """Every argument that the constructor of a layer class takes, with its default."""
    found: dict[str, Any] = {}
    if issubclass(kind, tf_keras.layers.RNN):
        found["zero_output_for_mask"] = False  # taken as one of **kwargs
    for base in inspect.getmro(kind):
        for parameter in inspect.signature(base.__init__).parameters.values():  # type: ignore[misc]
            if parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
                found.setdefault(parameter.name, parameter.default)
        if base.__name__ == "Layer":
            break
    return found


def _is_default(value: Any, default: Any) -> bool:
    """Whether a value of a config is the default, from which Keras has resolved some things."""
    if default is None:
        return value in (None, keras.config.image_data_format())
    return bool(value == (list(default) if isinstance(default, tuple) else default))


def _argument(name: str, value: Any) -> Any:
    if name == "dtype":
        return float32_policy(value)
    if name in ACTIVATIONS:
        return twin_activation(value)
    if isinstance(value, list):
        return [_argument("", item) for item in value]
    if isinstance(value, dict) and "class_name" in value:
        return _object(value)
    return value


def _object(serialised: Config) -> Any:
    """A layer, regularizer or constraint that is the argument of a layer."""
    name, config = serialised["class_name"], serialised["config"]
    if hasattr(keras.layers, name):
        return _namesake(getattr(keras.layers, name), config)
    for space in ("regularizers", "constraints"):
        if hasattr(getattr(tf_keras, space), name):
            return getattr(getattr(tf_keras, space), name)(**config)
    raise ModelError(f"its {name} has no twin in Keras 2.")


def _normalization(layer: Any, base: Config) -> Any:
    """With its statistics as constants: as weights, they take effect in tf_keras only when
    `finalize_state` is called after `set_weights`, which tfmot's cloning does not do."""
    config = layer.get_config()
    statistics = {"mean": config["mean"], "variance": config["variance"]}
    if layer.input_mean is None:
        statistics = {"mean": layer.adapt_mean, "variance": layer.adapt_variance}
    return tf_keras.layers.Normalization(
        axis=config["axis"],
        invert=config["invert"],
        **{name: np.asarray(value).tolist() for name, value in statistics.items()},
        **base,
    )


def _layer_scale(layer: Any, base: Config) -> Any:
    return LayerScale(layer.projection_dim, **base)


def _spectral_normalization(layer: Any, base: Config) -> Any:
    """The wrapped layer: only in training does the wrapper scale its kernel, and tf_keras's own
    cannot be built where `tf.keras` means Keras 3 (2.21, "input_spec must be an instance")."""
    return _namesake(type(layer.layer), {**layer.layer.get_config(), **base})


def _stochastic_depth(layer: Any, base: Config) -> Any:
    """Drops whole samples and scales up the others, which is what this Dropout does."""
    return tf_keras.layers.Dropout(layer.drop_path_rate, noise_shape=(None, 1, 1, 1), **base)


SPECIAL: dict[str, Callable[[Any, Config], Any]] = {
    "Normalization": _normalization,
    "LayerScale": _layer_scale,
    "SpectralNormalization": _spectral_normalization,
    "StochasticDepth": _stochastic_depth,
}
