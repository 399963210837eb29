"""measure/: what tensors inside a float file hold while it runs, by their names. Workers only."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from optimizer.arrays import Array
from optimizer.data.samples import Samples
from optimizer.errors import MeasurementError
from optimizer.tflite.flatbuffer import open_flatbuffer
from optimizer.tflite.inner_values import computed_in_float, inner_values


def named_values(
    file: Path, samples: Samples, count: int, wanted: Collection[str]
) -> Iterator[dict[str, Array]]:
    """Runs samples one by one; gives the values of the wanted tensors for each.

    Nothing more where LiteRT does not let one look inside: only a diagnosis is missing then.

    Args:
        file: A float `.tflite`.
        samples: Scaled as the model takes them.
        count: How many of them.
        wanted: Names of tensors; what the file does not have, or has twice, is left out.
    """
    graph = open_flatbuffer(file).graphs[0]
    names = [tensor.name for tensor in graph.tensors]
    computed = computed_in_float(graph)
    places = {
        tensor.index: tensor.name
        for tensor in graph.tensors
        if tensor.index in computed and tensor.name in wanted and names.count(tensor.name) == 1
    }
    given = (samples.batch(at, at + 1) for at in range(count))
    with suppress(MeasurementError):
        for values in inner_values(file.read_bytes(), given, samples.names, places):
            yield {places[index]: value for index, value in values.items()}
