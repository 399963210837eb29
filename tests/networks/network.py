"""tests: what is known of a network that goes from its file to compared variants."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NETWORKS: "dict[str, Callable[[], Network]]" = {}


@dataclass(frozen=True)
class Network:
    """A model, the data that its user has, and how good it is by hand.

    Attributes:
        model: Of Keras.
        arrays: The data, for an `.npz`; `x`, or an array for each input.
        metric: The name that the headline should have; "snr" without labels.
        by_hand: What outputs (one for each of the model's, of some samples) reach, given those
            samples' arrays, and by `float32` what the baseline's outputs are.
        options: Of the terminal.
        least, most: Between which the float model's headline has to lie: it does its task, and not
            by itself.
        feed: What the model takes of raw `x`, where it is something else.
        recipes: That are compared.
    """

    model: Any
    arrays: Mapping[str, Any]
    metric: str
    by_hand: Callable[[list[Any], Mapping[str, Any]], float]
    options: tuple[str, ...] = ()
    least: float = float("-inf")
    most: float = float("inf")
    feed: Callable[[Any], Any] = field(default=lambda x: x)
    recipes: tuple[str, ...] = ("int8", "float16")

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Writes the model and its data; returns both files."""
        import numpy as np

        model, data = folder / "model.keras", folder / "data.npz"
        self.model.save(model)
        np.savez(data, **self.arrays)
        return model, data

    def inputs(self, samples: Mapping[str, Any]) -> dict[str, Any]:
        """What the model takes of samples, by its inputs' names."""
        names = [one.name for one in self.model.inputs]
        return {name: self.feed(samples[name if len(names) > 1 else "x"]) for name in names}


Maker = Callable[[], Network]


def network(maker: Maker) -> Maker:
    """Decorates a function that makes a network; its name is what it is called."""
    NETWORKS[maker.__name__] = maker
    return maker
