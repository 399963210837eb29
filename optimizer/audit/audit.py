"""audit/: the audit: whether what a recipe promised of the weights is in the file that ships."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from optimizer.errors import StudyError
from optimizer.files.atomic import write_atomically
from optimizer.measure.layer_of import origins
from optimizer.models.summary import LayerFit
from optimizer.recipes import Recipe
from optimizer.store.records import Record, TrainingRecord
from optimizer.techniques.cluster import Cluster
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.prune import Prune
from optimizer.techniques.qat import Qat
from optimizer.techniques.quantizer import Quantizer
from optimizer.techniques.training_step import TrainingTime
from optimizer.techniques.weight_only_int8 import WeightOnlyInt8
from optimizer.tflite.facts import WeightTensor, share_of_zeros

T = TypeVar("T", float, int, str)

STORED_AS = {
    "float32": "FLOAT32", "float16": "FLOAT16", "dynamic_range": "INT8",
    "weight_only_int8": "INT8", "int8": "INT8", "int16x8": "INT8",
}  # fmt: skip
"""The type in which each conversion stores weights."""

# The converter's dynamic range quantization leaves smaller tensors in float
# (tensorflow/compiler/mlir/quantization/common/quantization_lib/quantization_config.h:
# minimum_elements_for_weights).
LEAST_DYNAMIC = 1024  # values

STRUCTURED_SPARSITY = 0.5  # of the 2:4 pattern
MOST_NAMES = 5  # of layers in a sentence
KEEPS_IN_QAT = ("Conv2D", "Dense", "SeparableConv2D")  # tfmot's preserving schemes know no others


class Promise(Record, Generic[T]):
    """One thing that a recipe promised of a weight tensor.

    Attributes:
        promised: Share of zeros at least (0..1), different values in a channel at most, or type.
        kept: Whether it is so in the file.
        explanation: Why it is not, in a sentence; empty if it is.
    """

    promised: T
    kept: bool
    explanation: str = ""


class Finding(Record):
    """A weight tensor of the file beside what was promised of it.

    Attributes:
        tensor: What is in the file.
        layer: The Keras layer that it comes from; None where that cannot be told.
        zeros: The promised share of zeros; None if none was promised.
        clusters: The promised number of different values in a channel; None likewise.
        dtype: The promised type; None likewise.
        note: What looks like a lost promise and is none, in a sentence; empty if there is nothing
            to say.
    """

    tensor: WeightTensor
    layer: str | None
    zeros: Promise[float] | None = None
    clusters: Promise[int] | None = None
    dtype: Promise[str] | None = None
    note: str = ""

    @property
    def promises(self) -> tuple[Promise[float] | Promise[int] | Promise[str], ...]:
        """Those that were made."""
        return tuple(made for made in (self.zeros, self.clusters, self.dtype) if made)

    @property
    def kept(self) -> bool:
        """Whether all of them are."""
        return all(made.kept for made in self.promises)


class Audit(Record):
    """What the weights of a file are, and what its recipe promised of them.

    Attributes:
        findings: One for each weight tensor, in the order of use.
        unfound: Layers that something was promised of and no tensor of the file could be traced to.
    """

    findings: tuple[Finding, ...]
    unfound: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether every promise is, as far as can be told."""
        return not self.unfound and all(finding.kept for finding in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why promises are not kept, a sentence each with the layers that it is about."""
        return _grouped(
            (promise.explanation, finding)
            for finding in self.findings
            for promise in finding.promises
            if not promise.kept
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Why channels that keep their promise have more different values together."""
        return _grouped((finding.note, finding) for finding in self.findings if finding.note)

    @property
    def sparsity(self) -> float | None:
        """Share of zeros (0..1) over all tensors that zeros were promised of; None if none were."""
        return share_of_zeros([f.tensor for f in self.findings if f.zeros])

    @property
    def size_bytes(self) -> int:
        """All weights together."""
        return sum(finding.tensor.size_bytes for finding in self.findings)

    @property
    def gzip_bytes(self) -> int:
        """The same, each tensor zipped by itself."""
        return sum(finding.tensor.gzip_bytes for finding in self.findings)


def audit(
    weights: tuple[WeightTensor, ...],
    recipe: Recipe,
    training: tuple[TrainingRecord, ...],
    fits: tuple[LayerFit, ...],
) -> Audit:
    """Compares the weights of a file with what its recipe promised.

    Zeros of a layer are counted over all its tensors: a recurrent layer's kernels may be split.

    Args:
        weights: The tensors of the file, in the order of use.
        recipe: What made it.
        training: How its training steps went; says which layers each touched.
        fits: The layers of the model; empty where they are not known.
    """
    records = {record.step: record for record in training}
    steps = tuple(_Step(step, records[step.name]) for step in recipe.training)
    layers = origins(weights, fits)
    findings = []
    for weight, layer in zip(weights, layers, strict=True):
        dtype = _dtype(weight, layer, recipe, steps)
        if layer is None:
            findings.append(Finding(tensor=weight, layer=None, dtype=dtype))
            continue
        kin = (w for w, other in zip(weights, layers, strict=True) if other is layer)
        kernels = [w for w in kin if not _beside_kernel(w, layer)]
        place = _Place(weight, layer, kernels, fits, steps)
        clusters = _clusters(place)
        findings.append(
            Finding(
                tensor=weight,
                layer=layer.name,
                zeros=_zeros(place),
                clusters=clusters,
                dtype=dtype,
                note=_note(place) if clusters and clusters.kept else "",
            )
        )
    touched = dict.fromkeys(
        name
        for step in steps
        if isinstance(step.technique, Prune | Cluster)
        for name in step.record.layers
    )
    found = {finding.layer for finding in findings}
    return Audit(
        findings=tuple(findings), unfound=tuple(name for name in touched if name not in found)
    )


def write_audit(path: Path, made: Audit) -> None:
    """Writes an audit as JSON."""
    write_atomically(path, made.model_dump_json(indent=1).encode())


def read_audit(path: Path) -> Audit:
    """Reads what `write_audit` wrote.

    Raises:
        StudyError: it is not there, or damaged.
    """
    try:
        return Audit.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StudyError(
            f"The audit {path.name} is missing or damaged. Run the recipe again in a new study."
        ) from error


def in_words(made: Audit) -> str:
    """The audit in a sentence or two, lost promises first."""
    zeros = [(f, f.zeros) for f in made.findings if f.zeros]
    clusters = [(f, f.clusters) for f in made.findings if f.clusters]
    types = [f.dtype for f in made.findings if f.dtype]
    kept, lost = [], []
    if zeros and made.sparsity is not None:
        layers = {f.layer for f, _ in zeros}
        without = {f.layer for f, promise in zeros if not promise.kept}
        share = f"{made.sparsity * 100:.1f} % zeros in {_count(len(layers), 'layer')}"
        if without:
            lost.append(f"fewer zeros than promised in {_of(len(without), len(layers))}")
        else:
            kept.append(share)
    if clusters:
        layers = {f.layer for f, _ in clusters}
        without = {f.layer for f, promise in clusters if not promise.kept}
        if without:
            lost.append(
                f"more unique weights per channel than promised in {_of(len(without), len(layers))}"
            )
        else:
            most = max(f.tensor.unique_per_channel for f, _ in clusters)
            kept.append(
                f"at most {most} unique weights per channel in {_count(len(layers), 'layer')}"
            )
    if types:
        wanted = types[0].promised.lower()
        other = sum(not promise.kept for promise in types)
        if other:
            lost.append(f"{other} of {_count(len(types), 'weight tensor')} not stored as {wanted}")
        else:
            kept.append(f"{wanted} in {_count(len(types), 'weight tensor')}")
    if made.unfound:
        lost.append(f"not traced in the file: {_some(made.unfound)}")
    if not lost:
        return f"Kept: {'; '.join(kept)}." if kept else "Nothing was promised of these weights."
    rest = f" Kept: {'; '.join(kept)}." if kept else ""
    text = "; ".join(lost)
    return f"{text[:1].upper()}{text[1:]}.{rest}"


@dataclass(frozen=True)
class _Step:
    """A training step and how it went."""

    technique: TrainingTime
    record: TrainingRecord

    def touched(self, layer: LayerFit) -> bool:
        return layer.name in self.record.layers


@dataclass(frozen=True)
class _Place:
    """A weight tensor in its surroundings.

    Attributes:
        weight: The tensor.
        layer: Where it comes from.
        kernels: All tensors of that layer that techniques change.
        fits: All layers.
        steps: The training steps of the recipe.
    """

    weight: WeightTensor
    layer: LayerFit
    kernels: list[WeightTensor]
    fits: Sequence[LayerFit]
    steps: tuple[_Step, ...]

    def touching(self, technique: type[TrainingTime]) -> _Step | None:
        """The step of this kind that changed the tensor; None if there is none."""
        if self.weight not in self.kernels:
            return None
        for step in self.steps:
            if isinstance(step.technique, technique) and step.touched(self.layer):
                return step
        return None

    def undone(self, by: _Step, what: str) -> str:
        """Why zeros or clusters of a step are gone, as far as what is known tells."""
        layer = self.layer
        later = self.steps[self.steps.index(by) + 1 :]
        for step in later:
            if not step.technique.epochs:
                continue
            if not step.touched(layer):
                word = "annotated" if isinstance(step.technique, Qat) else "clustered"
                return (
                    f"Layer not {word} ({_reason(layer, step.technique)}): "
                    f"{step.technique.name} trained it on without keeping its {what}."
                )
            if isinstance(step.technique, Qat) and layer.kind not in KEEPS_IN_QAT:
                return (
                    f"In a {layer.kind}, tfmot's quantization-aware training does not keep {what}."
                )
        suspects = [f"lost in {step.technique.name}" for step in later if step.touched(self.layer)]
        return (
            f"Not reached in {', '.join([by.technique.name, *suspects])}, or lost in the "
            "conversion; the file does not tell which."
        )


def _zeros(place: _Place) -> Promise[float] | None:
    pruned = place.touching(Prune)
    if pruned is None or not isinstance(pruned.technique, Prune):
        return None
    technique = pruned.technique
    structured = technique.pattern == "2:4"
    promised = STRUCTURED_SPARSITY if structured else technique.final_sparsity
    rows, columns = map(int, technique.block.split("x"))
    values = sum(prod(weight.shape) for weight in place.kernels)
    # tfmot rounds to whole weights, or blocks, of each kernel.
    least = promised - len(place.kernels) * rows * columns / values
    share = share_of_zeros(place.kernels)
    if share is not None and share >= least:
        return Promise[float](promised=promised, kept=True)
    *_, inputs = place.weight.shape
    outputs = place.weight.shape[0]
    if structured and inputs % 4:
        explanation = f"2:4 takes input channels in fours, and this has {inputs}."
    elif inputs % rows or outputs % columns:
        explanation = f"Blocks of {technique.block} do not fit evenly into {inputs} × {outputs}."
    else:
        explanation = place.undone(pruned, "zeros")
    return Promise[float](promised=promised, kept=False, explanation=explanation)


def _clusters(place: _Place) -> Promise[int] | None:
    clustered = place.touching(Cluster)
    if clustered is None or not isinstance(clustered.technique, Cluster):
        return None
    promised = clustered.technique.number_of_clusters
    if place.weight.unique_per_channel <= promised:
        return Promise[int](promised=promised, kept=True)
    explanation = place.undone(clustered, "clusters")
    return Promise[int](promised=promised, kept=False, explanation=explanation)


def _dtype(
    weight: WeightTensor, layer: LayerFit | None, recipe: Recipe, steps: tuple[_Step, ...]
) -> Promise[str] | None:
    conversion = recipe.conversion
    promised = STORED_AS[conversion.name]
    if weight.dtype == promised:
        return Promise[str](promised=promised, kept=True)
    if conversion.name == "dynamic_range" and prod(weight.shape) < LEAST_DYNAMIC:
        return None
    trained = next((step for step in steps if isinstance(step.technique, Qat)), None)
    if trained and layer and not trained.touched(layer):
        explanation = f"Layer not annotated: {_reason(layer, trained.technique)}."
    else:
        litert = isinstance(conversion, WeightOnlyInt8) or (
            isinstance(conversion, Quantized) and conversion.quantizer is Quantizer.LITERT
        )
        who = "LiteRT Quantizer" if litert else "converter"
        explanation = f"The {who} left this {weight.operator} in {weight.dtype.lower()}."
    return Promise[str](promised=promised, kept=False, explanation=explanation)


def _note(place: _Place) -> str:
    """Why a clustered tensor has more different values than each of its channels."""
    clustered = place.touching(Cluster)
    if clustered is None or not isinstance(clustered.technique, Cluster):
        return ""
    if place.weight.unique <= clustered.technique.number_of_clusters:
        return ""
    reasons = []
    if clustered.technique.per_channel:
        reasons.append("clustering per channel")
    if place.weight.quantization == "per axis":
        reasons.append("per-channel scales")
    if _batch_norm_follows(place):
        reasons.append("BatchNormalization folding")
    because = f": {' and '.join(reasons)}" if reasons else ""
    return f"More unique weights over all channels than in each{because}."


def _batch_norm_follows(place: _Place) -> bool:
    """Whether the next layer is one, or the tensor is named after one."""
    following = next((after for fit, after in pairwise(place.fits) if fit is place.layer), None)
    batch_norms = [fit.name for fit in place.fits if fit.kind == "BatchNormalization"]
    parts = {part.removeprefix("quant_") for part in place.weight.name.split("/")}
    return (following is not None and following.kind == "BatchNormalization") or any(
        name in parts for name in batch_norms
    )


def _reason(layer: LayerFit, technique: TrainingTime) -> str:
    """Why a step did not touch a layer, in a phrase."""
    reason = layer.qat if isinstance(technique, Qat) else layer.cluster
    return reason or "left out by the recipe"


def _beside_kernel(weight: WeightTensor, layer: LayerFit) -> bool:
    """Whether no technique touches it: of a separable convolution only the pointwise kernel is."""
    return layer.kind.startswith("Separable") and weight.operator == "DEPTHWISE_CONV_2D"


def _grouped(said: Iterable[tuple[str, Finding]]) -> tuple[str, ...]:
    """Each sentence once, behind the layers (or else tensors) of which it is said."""
    groups: dict[str, dict[str, None]] = {}
    for sentence, finding in said:
        groups.setdefault(sentence, {})[finding.layer or finding.tensor.name] = None
    return tuple(f"{_some(list(names))}: {sentence}" for sentence, names in groups.items())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _of(some: int, total: int) -> str:
    return f"{some} of {_count(total, 'layer')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
