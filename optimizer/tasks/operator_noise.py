"""tasks/: files that are tried on a few samples, and how far their outputs are from the float's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.arrays import Array, Float32s
from optimizer.errors import MeasurementError
from optimizer.measure.noise_causes import Seen, causes
from optimizer.measure.snr import snr_db
from optimizer.techniques.scheme import FloatOperator, Scheme

SCHEMES = tuple[Scheme, ...]
LOUD = 0.03  # of all operators' noise: below that a cause explains nothing
LOOKED_AT = 8  # samples whose inner values are looked at


@dataclass(frozen=True)
class Tried:
    """A file and its outputs on the samples; each float32 (samples, ...)."""

    size_bytes: int
    outputs: list[Float32s]


class Trial:
    """Runs files on the same few samples.

    Attributes:
        reference: What the float file says.
    """

    def __init__(
        self, float_file: bytes, inputs: Sequence[Array], names: Sequence[str], scratch: Path
    ) -> None:
        """
        Args:
            float_file: The float `.tflite`.
            inputs: For each model input an array (samples, ...).
            names: The model's inputs, in the order of `inputs`.
            scratch: A file to write what is run into.
        """
        self._inputs, self._names, self._scratch = inputs, names, scratch
        self._batch = len(inputs[0])
        self.reference = self.run(float_file).outputs

    def run(self, content: bytes) -> Tried:
        """Runs a file, with one thread, all samples at once where it takes that.

        Raises:
            MeasurementError: it cannot be run.
        """
        from optimizer.tflite.runner import Runner  # noqa: PLC0415 (workers only)

        self._scratch.write_bytes(content)
        total = len(self._inputs[0])
        while True:
            try:
                example = [array[: self._batch] for array in self._inputs]
                runner = Runner(self._scratch, example, self._names)
                parts = [
                    runner.run(runner.prepare([a[at : at + self._batch] for a in self._inputs]))
                    for at in range(0, total, self._batch)
                ]
                break
            except MeasurementError:
                if self._batch == 1:
                    raise
                self._batch = 1  # recurrent layers take one sample at a time
        return Tried(
            len(content), [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]
        )

    def snr(self, tried: Tried) -> float | None:
        """The lowest SNR of its outputs; None where none of them differs."""
        found = [
            snr_db(reference, other)
            for reference, other in zip(self.reference, tried.outputs, strict=True)
        ]
        return min((one for one in found if one is not None), default=None)


def all_int8(operators: Sequence[FloatOperator]) -> SCHEMES:
    """Every operator in int8 that can be."""
    return tuple(
        Scheme.INT8 if Scheme.INT8 in operator.choices else Scheme.FLOAT for operator in operators
    )


def groups(operators: Sequence[FloatOperator]) -> tuple[tuple[int, ...], ...]:
    """Operators that go together, each group once; without those that have no int8 form."""
    return tuple(
        operator.together
        for operator in operators
        if Scheme.INT8 in operator.choices and operator.number == operator.together[0]
    )


def only(group: Sequence[int], inside: Scheme, rest: SCHEMES) -> SCHEMES:
    """Other schemes, but for a group."""
    return tuple(inside if number in group else one for number, one in enumerate(rest))


class Insides:
    """What the float file computes on the way, for some samples one by one."""

    def __init__(self, content: bytes, inputs: Sequence[Array], names: Sequence[str]) -> None:
        """See `Trial`."""
        self._content, self._inputs, self._names = content, inputs, names

    def causes(self, number: int) -> tuple[str, ...]:
        """Why an operator is loud, see `noise_causes`; nothing where nobody can look."""
        from optimizer.tflite.weights import weights_of  # noqa: PLC0415 (workers only)

        graph = self._graph
        use = graph.numbered[number]
        seen = self._seen
        weights = next((w for w in weights_of(graph) if number in w.used_by), None)
        if not use.outputs or use.outputs[0].index not in seen:
            return ()
        rows = None
        if weights is not None:
            values = np.moveaxis(weights.values, weights.axis, 0)
            rows = values.reshape(len(values), -1)
        return causes(
            use.name,
            seen[use.outputs[0].index],
            [seen[t.index] for t in use.inputs if t and t.index in seen],
            is_output=use.outputs[0].index in {tensor.index for tensor in graph.outputs},
            weights=rows,
        )

    @cached_property
    def _graph(self) -> Any:
        from optimizer.tflite.flatbuffer import read_flatbuffer  # noqa: PLC0415 (workers only)

        return read_flatbuffer(self._content).graphs[0]

    @cached_property
    def _seen(self) -> dict[int, Seen]:
        """By the tensor's index."""
        from optimizer.tflite.inner_values import computed_in_float, inner_values  # noqa: PLC0415

        seen = {index: Seen() for index in computed_in_float(self._graph)}
        try:
            for values in inner_values(self._content, self._samples(), self._names, seen):
                for index, one in values.items():
                    seen[index].add(one)
        except MeasurementError:  # without causes the numbers still stand
            return {}
        return seen

    def _samples(self) -> Iterator[list[Array]]:
        for at in range(min(LOOKED_AT, len(self._inputs[0]))):
            yield [array[at : at + 1] for array in self._inputs]
