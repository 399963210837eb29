"""audit/: the audit: whether what a recipe promised of the weights is in the file that ships.

What was promised, whether it is kept and why not is said by the technique that promised it; here
each weight tensor is traced to its layer, and the techniques that touched that are asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.audit.findings import Audit, Finding
from optimizer.measure.layer_of import layers_of
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.recipes import Recipe
from optimizer.store.records import TrainingRecord
from optimizer.techniques.promise import FilePromise, Place, Promise, Taken
from optimizer.techniques.properties import WeightProperty
from optimizer.tflite.facts import FileContents, WeightTensor


def audit(
    weights: tuple[WeightTensor, ...],
    recipe: Recipe,
    training: tuple[TrainingRecord, ...],
    fits: tuple[LayerFit, ...],
    whole: tuple[FilePromise, ...] = (),
) -> Audit:
    """Compares the weights of a file with what its recipe promised.

    Args:
        weights: The tensors of the file, in the order of use.
        recipe: What made it.
        training: How its training steps went; says which layers each touched.
        fits: The layers of the model as it came; empty where they are not known.
        whole: What was promised of the whole file, see `of_file`.
    """
    sizes = training[-1].sizes if training else {}
    fits = _after(fits, sizes)
    records = {record.step: record for record in training}
    taken = tuple(
        Taken(step, frozenset(records[step.name].layers), records[step.name].channels)
        for step in recipe.training
    )
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
        findings=tuple(findings),
        unfound=tuple(name for name in promised if name not in found),
        whole=whole,
    )


def _after(fits: Sequence[LayerFit], sizes: Mapping[str, int]) -> tuple[LayerFit, ...]:
    """The layers as the steps left them: a new one stands before that with whose name it begins.

    Args:
        fits: The layers of the model as it came.
        sizes: By layer how many weights it has now, where that changed.
    """
    known = {fit.name for fit in fits}
    new: dict[str, list[str]] = {}
    for name in sizes:
        if name not in known:
            kin = max((one for one in known if name.startswith(one)), key=len, default="")
            new.setdefault(kin, []).append(name)
    after = []
    for fit in fits:
        before = [replace(fit, name=n, parameters=sizes[n]) for n in new.get(fit.name, ())]
        after += [*before, replace(fit, parameters=sizes.get(fit.name, fit.parameters))]
    return tuple(after)


def of_file(contents: FileContents, recipe: Recipe, model: ModelSummary) -> tuple[FilePromise, ...]:
    """What the training steps of a recipe promised of the whole file, beside what it has."""
    return tuple(
        promise for step in recipe.training for promise in step.promises_of_file(contents, model)
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
        channels = each.channels.get(layer.name)
        place = Place(weight, layer, kernels, fits, taken[at + 1 :], channels)
        promise = each.step.promise(place)
        if promise:
            given[each.step.gives.name] = promise
    return given


def _beside_kernel(weight: WeightTensor, layer: LayerFit) -> bool:
    """Whether no technique touches it: of a separable convolution only the pointwise kernel is."""
    return layer.kind.startswith("Separable") and weight.operator == "DEPTHWISE_CONV_2D"
