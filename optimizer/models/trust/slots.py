"""models/trust/: what kind of object a place of a config is for, and whether one stands there.

Where a config does not say in which module a class lies, a library looks its name up among those
that the place takes. So do we, before it does: a class of another kind is refused here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

from optimizer.models.packages import registered
from optimizer.models.trust.keras_classes import (
    ACTIVATIONS,
    APPLICATIONS,
    LAYERS,
    MODELS,
    exported_in,
    is_shipped,
)
from optimizer.models.trust.resolve import INITIALIZERS_OF_TENSORFLOW, own_class


@dataclass(frozen=True)
class Kind:
    """What a place takes.

    Attributes:
        word: What it is called.
        spaces: Where the libraries export such classes; also where they derive from no base.
        bases: What such a class derives from, of whichever library has it.
        names: More names that stand for such classes.
        short: Names that are taken in any spelling, as those of exported classes are.
    """

    word: str
    spaces: tuple[str, ...]
    bases: tuple[str, ...]
    names: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()

    def has(self, name: str, keras: ModuleType) -> bool:
        """Whether a name without a module is one of them."""
        return name in self.names or _plain(name) in self.short | _exported(self.spaces, keras)

    def takes(self, thing: type, keras: ModuleType) -> bool:
        """Whether a class of the library's own is one of them."""
        inside = thing.__module__.split(".")
        if any(space in inside for space in self.spaces):  # those of Keras 1 have no common base
            return True
        bases = (_within(keras, path) for path in self.bases)
        return any(isinstance(base, type) and issubclass(thing, base) for base in bases)


_CLASSES = (LAYERS - {"InputSpec"}) | APPLICATIONS | MODELS
_MODEL = Kind("model", (), ("models.Model",), MODELS)
_LAYER = Kind("layer", (), ("layers.Layer", "Operation"), _CLASSES)
KINDS = {
    "layer": _LAYER,
    "layers": _LAYER,
    "cell": _LAYER,
    "cells": _LAYER,
    "activation": replace(_LAYER, word="activation", names=LAYERS | ACTIVATIONS),
    "initializer": Kind(
        "initializer", ("initializers",), ("initializers.Initializer",),
        short=frozenset({"zero", "one", "uniform", "normal"}),
    ),
    "regularizer": Kind("regularizer", ("regularizers",), ("regularizers.Regularizer",)),
    "constraint": Kind(
        "constraint", ("constraints",), ("constraints.Constraint",),
        short=frozenset({"nonneg", "unitnorm", "maxnorm", "minmaxnorm"}),
    ),
    "dtype": Kind(
        "dtype policy", ("dtype_policies",),
        ("dtype_policies.DTypePolicy", "dtype_policies.DTypePolicyMap", "mixed_precision.Policy"),
        frozenset({"DTypePolicy", "DTypePolicyMap", "Policy"}),
    ),
}  # fmt: skip
"""By the last word of the place's name: `kernel_initializer`, `forward_layer`."""
BY_NAME = {"activation", "initializer", "regularizer", "constraint"}


def names_nothing(place: str, name: str, keras: ModuleType) -> bool:
    """Whether a mere name stands where a name is looked up, and is none of the library's own."""
    kind = _named(place)
    return kind is not None and not (kind.has(name, keras) or is_shipped(name, "", keras))


def misplaced(place: str, value: object, keras: ModuleType) -> Iterator[tuple[str, str]]:
    """The classes of the library's own that stand where it takes others, and what it takes there.

    Args:
        place: The key in a config.
        value: What stands there: a name, an object or a list of objects.
        keras: The library that will rebuild the model.
    """
    if isinstance(value, str):
        kind = _named(place)
        if kind and is_shipped(value, "", keras) and not kind.has(value, keras):
            yield value, kind.word
    elif kind := KINDS.get(_last_word(place)):
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, dict) and not _fits(node, kind, keras):
                yield str(node["class_name"]), kind.word


def is_model(config: dict[str, Any], keras: ModuleType) -> bool:
    """Whether the outermost object of a config, which names what is known, is a model."""
    return _fits(config, _MODEL, keras)


def _named(place: str) -> Kind | None:
    """What a place takes by name too; of the others a name is a name, or a data type."""
    slot = _last_word(place)
    return KINDS[slot] if slot in BY_NAME else None


def _last_word(place: str) -> str:
    return place.rpartition("_")[2]


def _fits(node: dict[str, Any], kind: Kind, keras: ModuleType) -> bool:
    """Whether it is of a kind; also where it is none of the library's own, for that is seen to."""
    name, module = node.get("class_name"), node.get("module") or ""
    other = node.get("registered_name") or name
    if not (isinstance(name, str) and isinstance(module, str) and isinstance(other, str)):
        return True
    if not module:
        shipped = [text for text in (name, other) if is_shipped(text, "", keras)]
        return all(kind.has(text, keras) or registered(text, keras) for text in shipped)
    if module == INITIALIZERS_OF_TENSORFLOW:
        return "initializers" in kind.spaces
    thing = own_class(name, module, keras) or registered(other, keras)
    ours = str(getattr(thing, "__module__", "")).partition(".")[0] == keras.__name__
    return not (ours and isinstance(thing, type)) or kind.takes(thing, keras)


@cache
def _exported(spaces: tuple[str, ...], keras: ModuleType) -> frozenset[str]:
    return frozenset(_plain(name) for name in exported_in(spaces, keras))


def _plain(name: str) -> str:
    """`GlorotUniformV2` and `glorot_uniform` are one name."""
    return re.sub(r"v[12]$", "", name.lower().replace("_", ""))


def _within(keras: ModuleType, path: str) -> object:
    found: object = keras
    for part in path.split("."):
        found = getattr(found, part, None)
    return found
