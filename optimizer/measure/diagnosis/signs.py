"""measure/diagnosis/: all signs together."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from optimizer.arrays import Array, Float32s
from optimizer.measure.diagnosis.components import off_components
from optimizer.measure.diagnosis.float16_range import beyond_float16
from optimizer.measure.diagnosis.one_scale import lost_columns, lost_components
from optimizer.measure.diagnosis.same_answer import same_answers
from optimizer.tflite.flatbuffer import Flatbuffer


@dataclass(frozen=True)
class Examined:
    """A variant beside the baseline.

    Attributes:
        file: The variant's.
        xnnpack: Whether XNNPACK can run it.
        input_names, output_names: Of the model, in its order.
        inputs: Some samples, scaled as the model takes them, one array (n, ...) for each input.
        outputs: What the variant says of the evaluation role, one array (n, ...) for each output;
            empty where it could not be run.
        baseline: What the baseline says, likewise.
        classes: Places of the outputs that are classifications.
    """

    file: Flatbuffer
    xnnpack: bool
    input_names: Sequence[str]
    output_names: Sequence[str]
    inputs: Sequence[Array]
    outputs: Sequence[Float32s]
    baseline: Sequence[Float32s]
    classes: Collection[int]


def signs(examined: Examined) -> tuple[str, ...]:
    """What is wrong with a variant, a sentence or two each, the worst first."""
    return tuple(_signs(examined))


def _signs(one: Examined) -> Iterator[str]:
    yield from beyond_float16(one.file)
    yield from lost_columns(one.file, one.input_names, one.inputs)
    outputs = zip(one.output_names, one.outputs, one.baseline, strict=True) if one.outputs else ()
    for place, (name, mine, theirs) in enumerate(outputs):
        same = same_answers(name, mine, theirs)
        yield from same
        if same or place in one.classes:
            continue
        shared = lost_components(one.file, place, name, theirs)
        yield from shared or off_components(name, mine, theirs)
    if not one.xnnpack:
        yield (
            "XNNPACK, the kernels that LiteRT uses on CPUs by default, cannot prepare this file: "
            "it ran and was timed without them, and an app has to switch them off too."
        )
