"""measure/: which Keras layer each weight tensor of a .tflite file comes from.

The converter names a tensor after the operators that it made one of, and these after layers:
`model/conv/Conv2D`, `model/relu/Relu;model/bn/FusedBatchNormV3;model/conv/depthwise`,
`model/quant_conv/Conv2D;model/quant_conv/LastValueQuant/…` after quantization-aware training,
`model_1/conv_1/convolution` from Keras 3, which numbers what it exports. Where a
BatchNormalization was folded into a Dense layer, only the former's name is left; of recurrent
layers and of those that training took apart, none is. Then place and size decide.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from math import prod

from optimizer.models.summary import LayerFit
from optimizer.tflite.facts import WeightTensor

# Layers with weights that never are an operator's weight tensor.
WITHOUT_KERNEL = {
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
    "RMSNormalization", "Normalization", "PReLU",
}  # fmt: skip
QUANTIZATION_AWARE = "quant_"  # what tfmot puts in front of a layer's name
LEAST_SHARE = 0.5  # of a layer's parameters that lie in its kernels, not in its biases

Places = list[int | None]


def layers_of(weights: Sequence[WeightTensor], fits: Sequence[LayerFit]) -> list[LayerFit | None]:
    """The layer of each weight tensor; None where neither name, size nor place tell.

    Args:
        weights: The tensors of a file, in the order of use.
        fits: The layers of the model, in its order; none if they are not known.
    """
    ways = (_by_name(weights, fits, numbered=False), _by_name(weights, fits, numbered=True))
    places = max(ways, key=lambda places: len(set(places) - {None}))
    _by_what_was_folded(weights, fits, places)
    _by_place(weights, fits, places)
    return [None if place is None else fits[place] for place in places]


def _by_name(
    weights: Sequence[WeightTensor], fits: Sequence[LayerFit], *, numbered: bool
) -> Places:
    """The layer with the longest of the names that occur in a tensor's name."""
    patterns = [_pattern(fit.name, numbered=numbered) for fit in fits]
    places: Places = []
    for weight in weights:
        named = [
            place
            for place, fit in enumerate(fits)
            if _has_kernel(fit)
            and _size(weight) <= fit.parameters
            and patterns[place].search(weight.name)
        ]
        places.append(max(named, key=lambda place: len(fits[place].name), default=None))
    return places


def _pattern(name: str, *, numbered: bool) -> re.Pattern[str]:
    """Finds the name of a layer among whole parts of a path, behind the name of the model."""
    number = r"_\d+" if numbered else ""
    return re.compile(rf"/(?:{QUANTIZATION_AWARE})?{re.escape(name)}{number}(?=[/;]|$)")


def _by_what_was_folded(
    weights: Sequence[WeightTensor], fits: Sequence[LayerFit], places: Places
) -> None:
    """A tensor named after a BatchNormalization or ReLU is of a layer before that."""
    for at, weight in enumerate(weights):
        if places[at] is not None:
            continue
        named = [
            place
            for place, fit in enumerate(fits)
            if any(_pattern(fit.name, numbered=n).search(weight.name) for n in (False, True))
        ]
        before = range(min(named, default=0) - 1, -1, -1)
        taken = set(places)
        places[at] = next(
            (p for p in before if p not in taken and _is_kernel(weight, fits[p])), None
        )


def _by_place(weights: Sequence[WeightTensor], fits: Sequence[LayerFit], places: Places) -> None:
    """Tensors without a name, in order, fill the layers that are left between their neighbours."""
    taken = set(places)
    start = 0
    for unknown, run in groupby(list(places), key=lambda place: place is None):
        stop = start + len(list(run))
        if unknown:
            free = [p for p, fit in enumerate(fits) if _has_kernel(fit) and p not in taken]
            # The neighbours of a run of tensors without a layer have one, where there are any.
            low = max((p for p in places[start - 1 : start] if p is not None), default=-1)
            high = min((p for p in places[stop : stop + 1] if p is not None), default=len(fits))
            between = [p for p in free if low < p < high]
            _fill(weights, fits, places, range(start, stop), between or free)
            taken |= set(places)
        start = stop


def _fill(
    weights: Sequence[WeightTensor],
    fits: Sequence[LayerFit],
    places: Places,
    unknown: range,
    free: Sequence[int],
) -> None:
    at = unknown.start
    for place in free:
        total, end = 0, at
        while end < unknown.stop and total + _size(weights[end]) <= fits[place].parameters:
            total += _size(weights[end])
            end += 1
        if total >= LEAST_SHARE * fits[place].parameters:
            places[at:end] = [place] * (end - at)
            at = end


def _has_kernel(fit: LayerFit) -> bool:
    return fit.parameters > 0 and fit.kind not in WITHOUT_KERNEL


def _is_kernel(weight: WeightTensor, fit: LayerFit) -> bool:
    """Whether the layer has as many parameters as the tensor, with or without a bias."""
    return _has_kernel(fit) and fit.parameters - _size(weight) in {0, *weight.shape}


def _size(weight: WeightTensor) -> int:
    return prod(weight.shape)
