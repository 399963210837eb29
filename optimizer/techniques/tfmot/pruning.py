"""techniques/tfmot/: magnitude pruning of chosen layers. Workers only: it imports TensorFlow."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras
from tensorflow_model_optimization.python.core.sparsity.keras.prune_registry import PruneRegistry
from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import (
    PruneLowMagnitude,
)

from optimizer.errors import RecipeError
from optimizer.techniques.tfmot.clone import clone
from optimizer.techniques.tfmot.wrapping import check_names, unwrap_layers, wrap_layers

layers = tf_keras.layers

# tfmot (0.8.1) puts the zeros along the inputs of these, as .tflite stores and runs them. In others
# it fails, or puts them along another axis.
TWO_BY_FOUR = (
    layers.Conv2D, layers.SeparableConv2D, layers.Dense, layers.LSTM, layers.GRU, layers.SimpleRNN,
)  # fmt: skip
NOT_FOR_XNNPACK = "is no 1×1 convolution"


@dataclass(frozen=True)
class Schedule:
    """How sparsity goes over the training steps; the first step is step 1.

    Attributes:
        kind: "constant": `final_sparsity` from `begin_step` on. "polynomial": from
            `initial_sparsity` up to `final_sparsity`, fast at first (Zhu & Gupta 2017,
            arXiv:1710.01878, with power 3).
        initial_sparsity: 0 ≤ it < 1; "constant" does not use it.
        final_sparsity: 0 ≤ it < 1.
        begin_step: The first step at which zeros are chosen.
        end_step: The last; after it they stay where they are. More than `begin_step`.
        frequency: Steps from one choice to the next. There is one at `begin_step` and one at
            `end_step` in any case, so that `final_sparsity` is reached.

    Raises:
        RecipeError: a number is out of its range.
    """

    kind: Literal["constant", "polynomial"]
    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    frequency: int

    def __post_init__(self) -> None:
        """Checks the numbers."""
        for sparsity in (self.initial_sparsity, self.final_sparsity):
            if not 0 <= sparsity < 1:
                raise RecipeError(f"A sparsity is {sparsity:g}; use 0 or more, and less than 1.")
        if not 0 <= self.begin_step < self.end_step:
            raise RecipeError(
                f"Pruning begins at step {self.begin_step} and ends at step {self.end_step}; "
                "let it begin at 0 or later, and end after that."
            )
        if self.frequency < 1:
            raise RecipeError(f"The frequency of pruning is {self.frequency}; use 1 or more.")


def prunable(
    model: tf_keras.Model,
    *,
    block_size: tuple[int, int] = (1, 1),
    two_by_four: bool = False,
    xnnpack_policy: bool = False,
) -> dict[str, str | None]:
    """Why each layer cannot be pruned in this way, as a short phrase; None if it can.

    Layers stand by name in the model's order, InputLayers left out. The arguments are those of
    `add_pruning`.
    """
    return {
        layer.name: _obstacle(layer, block_size, two_by_four, xnnpack_policy)
        for layer in model.layers
        if not isinstance(layer, layers.InputLayer)
    }


def add_pruning(
    model: tf_keras.Model,
    names: Collection[str],
    schedule: Schedule,
    *,
    block_size: tuple[int, int],
    pooling: Literal["AVG", "MAX"],
    two_by_four: bool,
    xnnpack_policy: bool,
) -> tf_keras.Model:
    """A new model in which the layers `names` are pruned while it is trained.

    Training needs the callback `tfmot.sparsity.keras.UpdatePruningStep`.

    Args:
        model: A flat functional model; it stays as it is.
        names: Layers that `prunable` allows.
        schedule: When, and how much.
        block_size: Rows and columns (inputs and outputs) of weights that become zero together.
        pooling: Whether a block counts by its mean or by its largest weight.
        two_by_four: Whether two of every four weights along the inputs become zero, at the first
            step; the schedule does not count then.
        xnnpack_policy: Whether only those of `names` are pruned that are 1×1 convolutions, in a
            model that XNNPACK can run sparse from its first convolution to its global pooling.

    Raises:
        RecipeError: one of `names` cannot be pruned so, or XNNPACK cannot run the model sparse.
    """
    if two_by_four and block_size != (1, 1):
        raise RecipeError("The 2:4 pattern has no blocks; use blocks of 1×1 with it.")
    obstacles = prunable(
        model, block_size=block_size, two_by_four=two_by_four, xnnpack_policy=xnnpack_policy
    )
    if xnnpack_policy:
        _require_xnnpack(model)
        names = [name for name in names if obstacles.get(name) != NOT_FOR_XNNPACK]
    check_names(names, obstacles, "pruned")
    settings = {
        "pruning_schedule": _PruningSchedule(schedule),
        "block_size": block_size,
        "block_pooling_type": pooling,
        "sparsity_m_by_n": (2, 4) if two_by_four else None,
    }
    return wrap_layers(
        model, names, lambda layer: PruneLowMagnitude(_with_parts(layer), **settings)
    )


def prune_at_once(model: tf_keras.Model) -> None:
    """Sets the smallest weights to zero in place, as many as at the end of the schedule.

    Args:
        model: What `add_pruning` returned. It is not for training after this: a schedule that
            starts low would let the zeros grow again.
    """
    for wrapper in _wrappers(model):
        _choose_zeros_of_the_end(wrapper)


def pruning_sparsity(model: tf_keras.Model) -> float:
    """The share of zeros, 0..1, now in all weights that are being pruned, biases not among them."""
    # In numpy, as this may be asked after every step: TensorFlow's own took a fifth of a small one.
    pruned = [
        np.logical_and(weight.numpy(), mask.numpy())
        for wrapper in _wrappers(model)
        for weight, mask, _ in wrapper.pruning_vars
    ]
    kept = sum(int(np.count_nonzero(each)) for each in pruned)
    return 1 - kept / sum(int(each.size) for each in pruned)


def finish_pruning(model: tf_keras.Model) -> tf_keras.Model:
    """A plain model with the zeros of the schedule's end, also where training had too few steps.

    With a large batch an epoch may be one step, and the schedule needs two.
    """
    for wrapper in _wrappers(model):
        if int(wrapper.pruning_step) < _end(wrapper):
            _choose_zeros_of_the_end(wrapper)
    return strip_pruning(model)


def strip_pruning(model: tf_keras.Model) -> tf_keras.Model:
    """A plain model, with the zeros in place."""
    for wrapper in _wrappers(model):
        wrapper.pruning_obj.weight_mask_op()
    return unwrap_layers(model, PruneLowMagnitude, PruneLowMagnitude.get_weights)


class _PruningSchedule(tfmot.sparsity.keras.PolynomialDecay):  # type: ignore[misc]  # Any: no types
    """tfmot's schedule, which also keeps to its own beginning and end.

    tfmot (0.8.1) never comes to step 0, so that pruning from 0 on begins `frequency` steps late,
    and passes `end_step` over, with it the final sparsity, unless it is a multiple of `frequency`
    steps after the beginning.
    """

    def __init__(self, schedule: Schedule) -> None:
        constant = schedule.kind == "constant"
        super().__init__(
            schedule.final_sparsity if constant else schedule.initial_sparsity,
            schedule.final_sparsity,
            schedule.begin_step,
            schedule.end_step,
            frequency=schedule.frequency,
        )

    def _should_prune_in_step(
        self, step: Any, begin_step: int, end_step: int, frequency: int
    ) -> Any:
        regular = super()._should_prune_in_step(step, begin_step, end_step, frequency)
        return tf.reduce_any([regular, step == max(begin_step, 1), step == end_step])


def _choose_zeros_of_the_end(wrapper: PruneLowMagnitude) -> None:
    step = int(wrapper.pruning_step)
    wrapper.pruning_step.assign(_end(wrapper))
    wrapper.pruning_obj.conditional_mask_update()
    wrapper.pruning_obj.weight_mask_op()
    wrapper.pruning_step.assign(step)


def _end(wrapper: PruneLowMagnitude) -> int:
    """The last step at which zeros are chosen: of 2:4 that is step 1 (pruning_impl.py, 0.8.1)."""
    return 1 if wrapper.sparsity_m_by_n else int(wrapper.pruning_schedule.end_step)


def _wrappers(model: tf_keras.Model) -> list[PruneLowMagnitude]:
    return [layer for layer in model.layers if isinstance(layer, PruneLowMagnitude)]


def _require_xnnpack(model: tf_keras.Model) -> None:
    policy = tfmot.sparsity.keras.PruneForLatencyOnXNNPack()
    try:
        # It walks from layer to layer, and so out of the model where layers are in others as well.
        policy.ensure_model_supports_pruning(clone(model))
    except ValueError as error:
        raise RecipeError(
            f"XNNPACK cannot run this model sparse: {error}. Leave its policy out."
        ) from error


def _obstacle(
    layer: Any, block_size: tuple[int, int], two_by_four: bool, xnnpack_policy: bool
) -> str | None:
    if not layer.weights:
        return "has no weights to prune"
    if not all(map(PruneRegistry.supports, _parts(layer))):
        return f"{type(layer).__name__} is not supported by tfmot"
    weights = _prunable_weights(layer)
    if not weights:
        return "tfmot does not prune its weights"
    if xnnpack_policy and not tfmot.sparsity.keras.PruneForLatencyOnXNNPack().allow_pruning(layer):
        return NOT_FOR_XNNPACK
    shapes = [tuple(weight.shape) for weight in weights]
    if two_by_four:
        return _obstacle_to_two_by_four(layer, shapes)
    return None if block_size == (1, 1) else _obstacle_to_blocks(shapes, block_size)


def _parts(layer: Any) -> list[Any]:
    """The layers in a layer that tfmot (0.8.1) does not look into, or the layer itself."""
    if type(layer) is layers.Bidirectional:
        return [layer.forward_layer, layer.backward_layer]
    if type(layer) is layers.TimeDistributed:
        return [layer.layer]
    return [layer]


def _prunable_weights(layer: Any) -> list[Any]:
    weights = []
    for part in _parts(layer):
        weights += PruneRegistry.make_prunable(part).get_prunable_weights()
        del part.get_prunable_weights  # it is left on the layer, which is not ours to change
    return weights


def _with_parts(layer: Any) -> Any:
    """The layer, which tells tfmot what can be pruned of those that it holds."""
    if _parts(layer) != [layer]:
        layer.get_prunable_weights = lambda: _prunable_weights(layer)
    return layer


def _obstacle_to_two_by_four(layer: Any, shapes: list[tuple[int, ...]]) -> str | None:
    if type(layer) not in TWO_BY_FOUR:
        return f"tfmot has no 2:4 pattern for {type(layer).__name__}"
    inputs = max(shape[-2] for shape in shapes)
    if inputs <= 2:  # a group may keep two
        return f"has only {inputs} input{'s' if inputs == 2 else ''} in a group of four"
    return None


def _obstacle_to_blocks(shapes: list[tuple[int, ...]], block_size: tuple[int, int]) -> str | None:
    if any(len(shape) != 2 for shape in shapes):
        return "has weights that are no matrix, so that they have no blocks"
    # tfmot (0.8.1) drops axes of length 1, and then misses them.
    if any(
        size <= block for shape in shapes for size, block in zip(shape, block_size, strict=True)
    ):
        rows, columns = block_size
        return f"has too few weights for blocks of {rows}×{columns}"
    return None
