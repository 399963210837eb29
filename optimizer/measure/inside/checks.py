"""measure/inside/: whether an operator keeps the limits that a target's table states.

Each check gives the reason why it does not, in a few words, or None. A further kind of limit is
a field of `Rule` and a check here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.measure.inside.rule import Rule
from optimizer.tflite.graph import Tensor, Use

Check = Callable[[Rule, Use], str | None]


def first_broken(rule: Rule, use: Use) -> str | None:
    """The first limit that an operator does not keep, in a few words; None if it keeps all."""
    return next((reason for check in CHECKS if (reason := check(rule, use))), None)


def _version(rule: Rule, use: Use) -> str | None:
    if rule.max_version is None or use.version <= rule.max_version:
        return None
    return f"version {use.version} of the operator; known up to {rule.max_version}"


def _types(rule: Rule, use: Use) -> str | None:
    allowed = dict(rule.types)
    if rule.levels:
        allowed[rule.data] = tuple(rule.levels)
    for position, types in allowed.items():
        tensor = _input(use, position)
        if tensor and tensor.dtype not in types:
            return f"no {tensor.dtype} input"
    wrong = [tensor.dtype for tensor in use.outputs if tensor.dtype not in rule.outputs]
    return f"no {wrong[0]} output" if rule.outputs and wrong else None


def _weights(rule: Rule, use: Use) -> str | None:
    first, second = _input(use, 0), _input(use, 1)
    if not rule.weights or first is None or second is None:
        return None
    if first.dtype not in rule.weights:
        return f"no {first.dtype} input"
    if second.dtype in rule.weights[first.dtype]:
        return None
    return f"no {second.dtype} weights with {first.dtype} activations (a hybrid)"


def _gives(rule: Rule, use: Use) -> str | None:
    first = _input(use, 0)
    if not rule.gives or first is None:
        return None
    wrong = [t.dtype for t in use.outputs if t.dtype not in rule.gives.get(first.dtype, ())]
    return f"not from {first.dtype} to {wrong[0]}" if wrong else None


def _scales(rule: Rule, use: Use) -> str | None:
    for position in rule.per_tensor:
        tensor = _input(use, position)
        if tensor and len(tensor.quantization.scales) > 1:
            return "scales per channel, of which only the first would be used"
    return None


def _inputs(rule: Rule, use: Use) -> str | None:
    if rule.inputs is not None and len(use.inputs) != rule.inputs:
        return f"{len(use.inputs)} inputs; known with {rule.inputs}"
    for position in rule.constant:
        tensor = _input(use, position)
        if tensor and tensor.constant is None:
            return f"input {position + 1} is not a constant"
    return None


def _ranks(rule: Rule, use: Use) -> str | None:
    for position, (least, most) in rule.ranks.items():
        tensor = _input(use, position)
        if tensor and not least <= len(tensor.shape) <= most:
            return f"an input of {len(tensor.shape)} dimensions"
    most_dimensions = max((len(tensor.shape) for tensor in use.tensors), default=0)
    if rule.max_rank is not None and most_dimensions > rule.max_rank:
        return f"more than {rule.max_rank} dimensions"
    if not rule.scalar_output and any(tensor.shape == () for tensor in use.outputs):
        return "a scalar output"
    return None


def _one_dimensional(rule: Rule, use: Use) -> str | None:
    for slot in rule.one_dimensional:
        kind, position = slot.split()
        tensors = use.inputs if kind == "input" else use.outputs
        tensor = tensors[int(position)] if int(position) < len(tensors) else None
        if tensor and any(size > 1 for size in tensor.shape[:-1]):
            return f"its {kind} has more than one dimension"
    first = _input(use, 0)
    if rule.max_elements and first and int(np.prod(first.shape)) > rule.max_elements:
        return f"more than {rule.max_elements:,} values"
    return None


def _options(rule: Rule, use: Use) -> str | None:
    for option in rule.options:
        value = getattr(use.options, option.name, None)
        if value is None:  # absent options have their defaults, which all targets know
            continue
        if value in option.forbidden or (
            option.allowed is not None and value not in option.allowed
        ):
            return option.otherwise
    values = {getattr(use.options, name, None) for name in rule.equal_options}
    return "different dilation in height and width" if len(values) > 1 else None


def _filled(rule: Rule, use: Use) -> str | None:
    if rule.filled is None:
        return None
    for position, tensor in enumerate(use.inputs):
        if tensor is None or tensor.constant is None:
            continue
        values = _values(tensor)
        wrong = values is None or bool((values != rule.filled.value).any())
        if rule.filled.position in (None, position) and wrong:
            return rule.filled.otherwise
    return None


def _axes(rule: Rule, use: Use) -> str | None:
    if rule.axes is None:
        return None
    data = next((t for t in use.inputs if t and t.constant is None), None)
    axes = _values(_input(use, rule.axes))
    if data is None or axes is None:
        return "axes that are not constant"
    rank = len(data.shape)
    places = {int(axis) % rank for axis in axes.ravel()} if rank else set()
    if 0 in places and rank > 1:
        return "works on the batch dimension"
    if rule.depth_multiple and rank - 1 in places and data.shape[-1] % rule.depth_multiple:
        return f"works on a depth that is no multiple of {rule.depth_multiple}"
    return None


def _batch(rule: Rule, use: Use) -> str | None:
    first = _input(use, 0)
    if rule.unpadded_batch:
        paddings = _values(_input(use, 1))
        if paddings is None or paddings.reshape(-1, 2)[0].any():
            return "pads the batch dimension"
    if rule.leading_ones and first:
        kept = use.outputs[0].shape
        if first.shape[len(first.shape) - len(kept) :] != kept:
            return "removes a dimension that is not a leading one"
    return None


CHECKS: tuple[Check, ...] = (
    _version, _weights, _types, _gives, _scales, _inputs, _ranks, _one_dimensional, _options,
    _filled, _axes, _batch,
)  # fmt: skip


def _input(use: Use, position: int) -> Tensor | None:
    return use.inputs[position] if position < len(use.inputs) else None


def _values(tensor: Tensor | None) -> npt.NDArray[Any] | None:
    """The numbers of a constant, as far from the zero point as they are stored."""
    values = None if tensor is None else tensor.values
    if tensor is None or values is None:
        return None
    zero_points = tensor.quantization.zero_points
    return np.asarray(values) - (int(zero_points[0]) if len(zero_points) == 1 else 0)
