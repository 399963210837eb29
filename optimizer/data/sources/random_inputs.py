"""data/sources/: no data at all: random inputs of the model's shape, for latency and size only."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from optimizer.arrays import Array
from optimizer.data.data_options import RANDOM_INPUTS, DataOptions
from optimizer.data.sources.source import Content, Form, Given, Part, Piece
from optimizer.models.summary import ModelSummary, TensorSpec

SEED = 0
SAMPLES = 32


def open_nothing(
    given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
) -> Content:
    """Makes random inputs; see `source.Source`."""
    del given, options, work  # there are none to look at
    rng = np.random.default_rng(SEED)
    arrays = tuple(_draw(spec, rng) for spec in summary.inputs)
    forms = tuple(
        Form(spec.name, array.shape[1:], array.dtype)
        for spec, array in zip(summary.inputs, arrays, strict=True)
    )

    def pieces() -> Iterator[Piece]:
        yield Piece(arrays, ())

    part = Part("", "evaluation", SAMPLES, forms, (), pieces)
    note = (
        "There are no data: random inputs serve to measure latency and size. They say nothing of "
        "accuracy, and nothing can be calibrated or trained with them."
    )
    return Content(RANDOM_INPUTS, (part,), notes=[note])


def _draw(spec: TensorSpec, rng: np.random.Generator) -> Array:
    """Fractions in 0..1; whole numbers are 0 or 1, since a vocabulary's size is not known."""
    shape = (SAMPLES, *(size or 1 for size in spec.shape[1:]))
    dtype = np.dtype(spec.dtype)
    if dtype.kind == "f":
        return rng.random(shape, np.float32).astype(dtype)
    return rng.integers(0, 2, shape).astype(dtype)
