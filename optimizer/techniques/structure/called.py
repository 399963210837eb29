"""techniques/structure/: functions that stand in a graph, such as `x + y`. Workers only."""

from typing import Any

import numpy as np

from optimizer.models.bridge.arguments import decode
from optimizer.techniques.structure.network import Flow, Network, Shape
from optimizer.techniques.structure.with_channels import PLACE_BY_PLACE, whole

ALONE = PLACE_BY_PLACE | {
    "abs", "absolute", "cast", "ceil", "clip", "clip_by_value", "copy", "cos", "erf", "exp",
    "expm1", "floor", "identity", "log", "log10", "log1p", "log2", "nan_to_num", "negative", "pow",
    "power", "reciprocal", "round", "rsqrt", "sign", "sin", "sqrt", "square", "stop_gradient",
    "tan", "threshold",
}  # fmt: skip
"""Functions that make of each value another."""
TOGETHER = {
    "add", "divide", "divide_no_nan", "floor_divide", "logaddexp", "maximum", "minimum", "mod",
    "multiply", "squared_difference", "subtract", "true_divide", "truediv",
}  # fmt: skip
"""Functions of two tensors, place by place."""
OVER_AXES = {
    "amax", "amin", "max", "mean", "min", "prod", "reduce_max", "reduce_mean", "reduce_min",
    "reduce_prod", "reduce_sum", "std", "sum", "var",
}  # fmt: skip
"""Functions that make one value of all along some axes."""


def called(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """An `Operation` of the bridge."""
    name = layer.function.rpartition(".")[2]
    args, kwargs = decode(layer.arguments, flows)
    rest = [value for value in (*args, *kwargs.values()) if not isinstance(value, Flow)]
    if name in ALONE and len(flows) == 1 and all(map(_is_single, rest)):
        return Flow(shape, flows[0].units)
    if name in TOGETHER and all(map(_is_single, rest)):
        return network.tied(flows, shape)
    if name in OVER_AXES and len(flows) == 1 and len(flows[0].shape) > 1:
        axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
        if _spares_the_last(axis, len(flows[0].shape) + 1):
            return Flow(shape, flows[0].units)
    return whole(network, layer, flows, shape)


def _is_single(value: Any) -> bool:
    """Whether it is the same for all channels: a number, a type, nothing."""
    return not hasattr(value, "shape") or np.prod(value.shape, dtype=int) == 1


def _spares_the_last(axis: Any, rank: int) -> bool:
    """Whether these axes of a tensor are given, and neither the last nor the batch is one."""
    if axis is None:
        return False
    axes = {int(each) % rank for each in (axis if isinstance(axis, list | tuple) else [axis])}
    return not axes & {0, rank - 1}
