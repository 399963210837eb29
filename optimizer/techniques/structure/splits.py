"""techniques/structure/: which rank each matrix gets, and what that saves, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """A layer whose kernel can be a product of two smaller ones.

    Attributes:
        layer: Its name.
        inputs, outputs: The sides of the kernel.
        places: How often one inference multiplies with it.
        energies: At the ranks `multiple`, twice `multiple`, … that save something, the share of the
            squares of all singular values that is kept, 0..1.
    """

    layer: str
    inputs: int
    outputs: int
    places: int
    energies: tuple[float, ...]

    def __post_init__(self) -> None:
        """Checks the numbers.

        Raises:
            ValueError: there is no rank.
        """
        if not self.energies:
            raise ValueError("no rank saves anything")

    @property
    def weights(self) -> int:
        """Of the kernel."""
        return self.inputs * self.outputs

    def saved(self, rank: int) -> int:
        """Weights that a rank saves."""
        return self.weights - rank * (self.inputs + self.outputs)


def ranks_at(splits: Sequence[Split], energy: float, multiple: int) -> dict[str, int]:
    """By layer the smallest rank that keeps so much; without those where no such rank saves."""
    found = {}
    for each in splits:
        place = next((at for at, kept in enumerate(each.energies) if kept >= energy), None)
        if place is not None and each.saved((place + 1) * multiple) > 0:
            found[each.layer] = (place + 1) * multiple
    return found


def saved(splits: Sequence[Split], ranks: dict[str, int]) -> tuple[int, int]:
    """Multiply-accumulate operations and weights that these ranks save."""
    each = [
        (split.places, split.saved(ranks[split.layer])) for split in splits if split.layer in ranks
    ]
    return sum(places * weights for places, weights in each), sum(weights for _, weights in each)


def energy_for(splits: Sequence[Split], multiple: int, macs: int, weights: int) -> float | None:
    """The largest share of the energy at which so much is saved; None where none does.

    Args:
        splits: All layers.
        multiple: See `ranks_at`.
        macs: Multiply-accumulate operations that are to be saved; 0 for any.
        weights: Weights that are to be saved; 0 for any.
    """
    for energy in sorted({kept for each in splits for kept in each.energies}, reverse=True):
        less_macs, less_weights = saved(splits, ranks_at(splits, energy, multiple))
        if less_macs >= macs and less_weights >= weights:
            return energy
    return None
