"""models/bridge/: whether a twin computes what its model does. Workers only: imports TensorFlow."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from optimizer.arrays import Array
from optimizer.errors import ModelError
from optimizer.models.bridge.keras_graph import Step, graph_of, is_input_layer, run
from optimizer.models.bridge.precision import FLOATS, in_float32

TOLERANCE = 1e-4
# What float32 rounds away of a large value, as in a saturated sigmoid that hardly varies.
ROUNDING = 1e-6
# A layer that is carried over wrongly shows in a few samples, and every layer's output is kept.
SAMPLES = 8


def check_agreement(model: Any, twin: Any, inputs: tuple[Array, ...]) -> None:
    """Compares what both models return for the first `SAMPLES` of `inputs`.

    The largest absolute difference of each output may be `TOLERANCE` of its standard deviation,
    or `ROUNDING` of its largest value.

    Args:
        model: a keras.Model or tf_keras.Model. If it computes in less than float32, a float32 copy
            of it is compared, because rounding would hide what is wrong.
        twin: what `replay.to_tf_keras` made of it.
        inputs: an array of samples for each of `model.inputs`, in that order.

    Raises:
        ModelError: names the first layer where they part, and by how much.
    """
    original = _float32(model)
    samples = tuple(array[:SAMPLES] for array in inputs)
    with _unfused(original), _unfused(twin):
        difference = max(map(_difference, _outputs(original, samples), _outputs(twin, samples)))
        if difference <= TOLERANCE:
            return
        name, difference = _first_difference(
            _layer_outputs(original, samples), _layer_outputs(twin, samples)
        ) or ("the output", difference)
    raise ModelError(
        "The copy of the model that was made for training in Keras 2 does not compute the same: "
        f"at “{name}” it is off by {difference:.2g} standard deviations, and {TOLERANCE:g} are "
        "allowed. Techniques that train cannot be used with this model; those that only convert "
        "can."
    )


@contextmanager
def _unfused(model: Any) -> Iterator[None]:
    """Has tf_keras (2.21) normalize batches by the formula of Keras 3, not by its fused kernel.

    The kernel rounds otherwise, by 1e-6 standard deviations. An untrained deep network amplifies
    that to any size (0.8 at the output of EfficientNetV2B0), and without it all twins agree.
    """
    layers = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, tf_keras.layers.BatchNormalization)
    ]
    fused = [layer.fused for layer in layers]
    for layer in layers:
        layer.fused = False
    try:
        yield
    finally:
        for layer, before in zip(layers, fused, strict=True):
            layer.fused = before


def _tensors(graph: Any, samples: tuple[Array, ...]) -> list[Any]:
    return [tf.cast(x, tensor.dtype) for x, tensor in zip(samples, graph.inputs, strict=True)]


def _outputs(model: Any, samples: tuple[Array, ...]) -> list[Array]:
    """What the library itself makes of the graph, in the order of `model.outputs`."""
    graph = graph_of(model)
    structure = graph._nested_inputs if isinstance(graph, tf_keras.Model) else graph._inputs_struct
    inputs = keras.tree.pack_sequence_as(structure, _tensors(graph, samples))
    return [np.asarray(output) for output in keras.tree.flatten(graph(inputs, training=False))]


def _layer_outputs(model: Any, samples: tuple[Array, ...]) -> dict[str, list[Array]]:
    """All that the layers of a model return, by their name in the flat graph."""
    record: dict[str, list[Array]] = {}

    def call(step: Step) -> Any:
        results = _called(step)
        record.setdefault(step.name, []).extend(map(np.asarray, keras.tree.flatten(results)))
        return results

    run(model, _tensors(graph_of(model), samples), call)
    return record


def _called(step: Step) -> Any:
    operation, kwargs = step.operation, step.kwargs
    if is_input_layer(operation):
        return tf.cast(step.args[0], operation.output.dtype)
    if "training" in inspect.signature(operation.call).parameters:
        kwargs = {**kwargs, "training": False}  # augmentations take True if nobody says so
    return operation(*step.args, **kwargs)


def _float32(model: Any) -> Any:
    """`model` itself if it computes in float32, or else a copy of it that does."""
    used = {getattr(layer, "compute_dtype", "float32") for layer in model._flatten_layers()}
    if not used & (FLOATS - {"float32"}):
        return model
    library = tf_keras if isinstance(model, tf_keras.Model) else keras
    copy = library.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config(in_float32(layer.get_config()))
    )
    copy.set_weights(model.get_weights())
    for layer in copy._flatten_layers():
        if isinstance(layer, keras.layers.Normalization | tf_keras.layers.Normalization):
            layer.finalize_state()  # else it goes on with the statistics it was made with
    return copy


def _difference(expected: Array, found: Array) -> float:
    """The largest absolute difference in standard deviations of `expected`, beyond rounding."""
    if expected.shape != found.shape:
        return float("inf")
    wanted, got = expected.astype(np.float64), found.astype(np.float64)
    same = (wanted == got) | (np.isnan(wanted) & np.isnan(got))
    if same.all():
        return 0.0
    beyond = np.abs(wanted - got)[~same].max() - ROUNDING * np.abs(wanted).max()
    if beyond <= 0:
        return 0.0
    return float(beyond / wanted.std()) if np.isfinite(beyond) and wanted.std() else float("inf")


def _first_difference(
    original: dict[str, list[Array]], replayed: dict[str, list[Array]]
) -> tuple[str, float] | None:
    """The first layer whose outputs have no match among those of its twin."""
    for name, outputs in original.items():
        # A shared layer may be called in another order in the flat graph.
        differences = [
            min(_difference(output, candidate) for candidate in replayed[name])
            for output in outputs
            if name in replayed
        ]
        if differences and max(differences) > TOLERANCE:
            return name, max(differences)
    return None
