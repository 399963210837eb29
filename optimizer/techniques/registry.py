"""techniques/: the list of all techniques, in the order in which the page shows them."""

from typing import TypeVar

from optimizer.errors import RecipeError
from optimizer.registry import Registry
from optimizer.techniques.packing import Packing
from optimizer.techniques.properties import WeightProperty
from optimizer.techniques.technique import Conversion, Technique
from optimizer.techniques.training_step import TrainingTime

Kind = TypeVar("Kind", bound=type[Technique])

TECHNIQUES: Registry[type[Technique]] = Registry("technique", RecipeError)
"""Every technique by its name."""
_NAMED_ONLY: dict[str, type[Technique]] = {}


def technique(kind: Kind) -> Kind:
    """Registers a technique.

    To add one, put a file into this folder with a subclass of `Conversion`, `TrainingTime` or
    `Packing`, decorated with this. All that is known of it stands there: its parameters (each
    declared with `parameter`), the class attributes that `Technique` and the three list, and one
    verb: `convert` of a conversion, `prepare` of a training step, `pack` of a packing. Validation,
    the text form of recipes, the widgets and tables of the pages, the estimate, the audit and the
    command line follow.
    """
    TECHNIQUES.add(kind.name, kind, kind.rank)
    return kind


def named_only(kind: Kind) -> Kind:
    """Registers what recipes of a study name, and nobody chooses from a list: a file brought."""
    _NAMED_ONLY[kind.name] = kind
    return kind


def kind_of(name: str) -> type[Technique]:
    """What a recipe calls so.

    Raises:
        RecipeError: there is nothing of that name; the message lists what can be chosen.
    """
    return _NAMED_ONLY.get(name) or TECHNIQUES[name]


def conversions() -> list[type[Conversion]]:
    """Every technique that makes a file."""
    return [kind for kind in TECHNIQUES.values() if issubclass(kind, Conversion)]


def training_steps() -> list[type[TrainingTime]]:
    """Every technique that changes weights before the conversion, in the order of recipes."""
    return [kind for kind in TECHNIQUES.values() if issubclass(kind, TrainingTime)]


def packings() -> list[type[Packing]]:
    """Every technique that writes a finished file in fewer bytes."""
    return [kind for kind in TECHNIQUES.values() if issubclass(kind, Packing)]


def weight_property(name: str) -> WeightProperty:
    """What the audit says of the property called `name`; of one that no technique gives, little."""
    for kind in training_steps():
        if isinstance(kind.gives, WeightProperty) and kind.gives.name == name:
            return kind.gives
    return WeightProperty(name, name.capitalize(), f"{name} not as promised")
