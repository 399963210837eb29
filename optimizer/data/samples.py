"""data/: how measurements see inputs: batches as the model takes them, made on demand."""

from typing import Protocol

from optimizer.arrays import Array, Indices


class Samples(Protocol):
    """Inputs in the model's own scale, one array for each model input.

    Nothing is held in memory but the batch asked for: raw data stay on disk.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the model's inputs, in the order of a batch; empty if unknown."""

    def __len__(self) -> int:
        """The number of samples."""

    def batch(self, start: int, stop: int) -> tuple[Array, ...]:
        """Samples start..stop-1: for each model input an array of shape (stop - start, ...)."""

    def at(self, positions: Indices) -> tuple[Array, ...]:
        """The samples at these positions, in this order: for each model input an array."""
