"""audit/: the audit: whether what a recipe promised of the weights is in the file that ships.

What was promised, whether it is kept and why not is said by the technique that promised it; here
each weight tensor is traced to its layer, and the techniques that touched that are asked.
"""

from collections.abc import Sequence

from optimizer.audit.findings import Audit, Finding
from optimizer.measure.layer_of import layers_of
from optimizer.models.summary import LayerFit
from optimizer.recipes import Recipe
from optimizer.store.records import TrainingRecord
from optimizer.techniques.promise import Place, Promise, Taken
from optimizer.techniques.properties import WeightProperty
from optimizer.tflite.facts import WeightTensor


def audit(
    weights: tuple[WeightTensor, ...],
    recipe: Recipe,
    training: tuple[TrainingRecord, ...],
    fits: tuple[LayerFit, ...],
) -> Audit:
    """Compares the weights of a file with what its recipe promised.

    Args:
        weights: The tensors of the file, in the order of use.
        recipe: What made it.
        training: How its training steps went; says which layers each touched.
        fits: The layers of the model; empty where they are not known.
    """
    touched = {record.step: frozenset(record.layers) for record in training}
    taken = tuple(Taken(step, touched[step.name]) for step in recipe.training)
    layers = layers_of(weights, fits)
    findings = []
    for weight, layer in zip(weights, layers, strict=True):
        kin = [w for w, other in zip(weights, layers, strict=True) if other is layer]
        findings.append(
            Finding(
                tensor=weight,
                layer=layer.name if layer else None,
                given=_given(weight, layer, kin, fits, taken) if layer else {},
                dtype=recipe.conversion.promise(weight, layer, taken),
            )
        )
    found = {finding.layer for finding in findings}
    promised = dict.fromkeys(
        name
        for record, each in zip(training, taken, strict=True)
        if isinstance(each.step.gives, WeightProperty)
        for name in record.layers
    )
    return Audit(
        findings=tuple(findings), unfound=tuple(name for name in promised if name not in found)
    )


def _given(
    weight: WeightTensor,
    layer: LayerFit,
    kin: Sequence[WeightTensor],
    fits: Sequence[LayerFit],
    taken: Sequence[Taken],
) -> dict[str, Promise]:
    """What each training step promised of a tensor, by the name of the property.

    Args:
        weight: The tensor.
        layer: The layer that it comes from.
        kin: All tensors of that layer.
        fits: All layers.
        taken: The training steps of the recipe.
    """
    kernels = [each for each in kin if not _beside_kernel(each, layer)]
    if weight not in kernels:
        return {}
    given = {}
    for at, each in enumerate(taken):
        if each.step.gives is None or layer.name not in each.layers:
            continue
        promise = each.step.promise(Place(weight, layer, kernels, fits, taken[at + 1 :]))
        if promise:
            given[each.step.gives.name] = promise
    return given


def _beside_kernel(weight: WeightTensor, layer: LayerFit) -> bool:
    """Whether no technique touches it: of a separable convolution only the pointwise kernel is."""
    return layer.kind.startswith("Separable") and weight.operator == "DEPTHWISE_CONV_2D"
