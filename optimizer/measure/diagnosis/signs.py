"""measure/diagnosis/: all signs together."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimizer.arrays import Array, Float32s
from optimizer.measure.diagnosis.components import off_components
from optimizer.measure.diagnosis.few_scores import few_scores
from optimizer.measure.diagnosis.float16_range import beyond_float16
from optimizer.measure.diagnosis.one_scale import (
    dequantized_from,
    lost_columns,
    lost_components,
    quantized_from,
)
from optimizer.measure.diagnosis.same_answer import same_answers
from optimizer.measure.diagnosis.saturation import cut_off
from optimizer.tflite.boundary_order import inputs_by_name, outputs_in_order
from optimizer.tflite.flatbuffer import Flatbuffer
from optimizer.tflite.graph import Tensor


@dataclass(frozen=True)
class Examined:
    """A variant beside the baseline.

    Attributes:
        file: The variant's.
        input_names, output_names: Of the model, in its order.
        inputs: Some samples, scaled as the model takes them, one array (n, ...) for each input.
        outputs: What the variant says of the evaluation role, one array (n, ...) for each output;
            empty where it could not be run.
        baseline: What the baseline says, likewise.
        classes: Places of the outputs that are classifications.
        inner: Of some samples what the float model holds inside, by the names of tensors.
        layers: Names of the model's layers.
    """

    file: Flatbuffer
    input_names: Sequence[str]
    output_names: Sequence[str]
    inputs: Sequence[Array]
    outputs: Sequence[Float32s]
    baseline: Sequence[Float32s]
    classes: Collection[int]
    inner: Iterable[Mapping[str, Array]] = ()
    layers: Sequence[str] = ()


def signs(examined: Examined) -> tuple[str, ...]:
    """What is wrong with a variant, a sentence or two each, the worst first."""
    return tuple(_signs(examined))


def _signs(one: Examined) -> Iterator[str]:
    yield from beyond_float16(one.file)
    yield from lost_columns(one.file, one.input_names, one.inputs)
    yield from cut_off(one.file, _ends(one), one.inner, one.layers)
    outputs = zip(one.output_names, one.outputs, one.baseline, strict=True) if one.outputs else ()
    for place, (name, mine, theirs) in enumerate(outputs):
        same = same_answers(name, mine, theirs)
        yield from same
        if same:
            continue
        if place in one.classes:
            yield from few_scores(name, mine, theirs)
            continue
        shared = lost_components(one.file, place, name, theirs)
        yield from shared or off_components(name, mine, theirs)


def _ends(one: Examined) -> Iterator[tuple[str, Tensor, Array]]:
    """Each input and output that could be looked at, with what float32 holds there."""
    graph = one.file.graphs[0]
    taken = inputs_by_name(one.file, one.input_names)
    for name, tensor, values in zip(one.input_names, taken, one.inputs, strict=True):
        yield name, quantized_from(graph, tensor), values
    if one.outputs:
        given = outputs_in_order(one.file)
        for name, tensor, values in zip(one.output_names, given, one.baseline, strict=True):
            yield name, dequantized_from(graph, tensor), values
