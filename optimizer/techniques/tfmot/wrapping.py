"""techniques/tfmot/: puts tfmot's wrappers around layers, and takes them off. Workers only."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras

from optimizer.errors import RecipeError
from optimizer.techniques.tfmot.clone import clone


def check_names(
    names: Collection[str], obstacles: Mapping[str, str | None], participle: str
) -> None:
    """Raises a RecipeError unless `names` are layers that nothing in `obstacles` stands against."""
    if not names:
        raise RecipeError(f"No layer is to be {participle}; choose at least one.")
    unknown = [name for name in names if name not in obstacles]
    if unknown:
        raise RecipeError(
            f"The model has no layer {', '.join(unknown)}; it has {', '.join(obstacles)}."
        )
    refused = [f"{name} ({obstacles[name]})" for name in names if obstacles[name]]
    if refused:
        raise RecipeError(
            f"Some layers cannot be {participle} like this; leave them out: {', '.join(refused)}."
        )


def wrap_layers(
    model: tf_keras.Model, names: Collection[str], wrap: Callable[[Any], Any]
) -> tf_keras.Model:
    """A new model with the same weights, in which `wrap(layer)` stands for each layer in `names`.

    `wrap` gets a built layer with its weights, and may keep it: no other model has it.
    """
    copy = clone(model)

    def replace(layer: Any) -> Any:
        if layer.name not in names:
            return _fresh(layer)
        wrapper = wrap(layer)
        # tfmot's wrappers (0.8.1) drop masks, as of an Embedding, or fail on them.
        wrapper.supports_masking = layer.supports_masking
        wrapper.compute_mask = layer.compute_mask
        wrapper._call_spec.expects_mask_arg = layer._call_spec.expects_mask_arg
        return wrapper

    wrapped = tf_keras.models.clone_model(copy, clone_function=replace)
    for source, layer in zip(copy.layers, wrapped.layers, strict=True):
        if source.name not in names:
            layer.set_weights(source.get_weights())
    return wrapped


def unwrap_layers(
    model: tf_keras.Model,
    wrapper: type[Any],
    weights: Callable[[Any], list[npt.NDArray[np.generic]]],
) -> tf_keras.Model:
    """A new model in which each `wrapper` has given way to the plain layer in it.

    Args:
        model: With wrapped layers; it stays as it is.
        wrapper: The class of the wrappers.
        weights: Of the plain layer, from its wrapper.
    """
    plain = tf_keras.models.clone_model(
        model,
        clone_function=lambda layer: _fresh(layer.layer if isinstance(layer, wrapper) else layer),
    )
    for source, layer in zip(model.layers, plain.layers, strict=True):
        wrapped = isinstance(source, wrapper)
        layer.set_weights(weights(source) if wrapped else source.get_weights())
    return plain


def _fresh(layer: Any) -> Any:
    return layer.__class__.from_config(layer.get_config())
