"""models/: packages of Keras layers that whoever runs Liteweigh has installed and allows.

Their classes are let through when, and only when, they registered themselves with Keras: a file can
name such a class, but never a module to import. Workers only: it imports what it is told to.
"""

import importlib
import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from optimizer import settings
from optimizer.errors import ModelError

VARIABLE = settings.variable("packages")
KNOWN = ("keras_hub", "keras_cv", "keras_nlp")
"""Made by the Keras team. They are heavy: imported for files that name them."""
ITSELF = ("keras", "tf_keras")
_allowed: set[str] = set()
"""What else may register classes in this process."""


def register(config: dict[str, Any]) -> None:
    """Imports the allowed packages that a model's config needs, so that Keras knows their classes.

    Raises:
        ModelError: a package that LITEWEIGH_PACKAGES names cannot be imported.
    """
    named = set(_packages(config))
    for name in settings.from_environment().packages:
        _import(name)
    for name in named & set(KNOWN):
        if importlib.util.find_spec(name):
            _import(name)


def allow(module: str) -> None:
    """Lets through what a module registers with Keras, in this process."""
    _allowed.add(module)


def registered(name: str, keras: ModuleType) -> Any | None:
    """What is registered with `keras` (keras or tf_keras) as `name` by Keras or an allowed package.

    None if nothing is, or if it comes from elsewhere.
    """
    thing = keras.saving.get_custom_objects().get(name)
    if thing is None:
        return None
    origin = str(getattr(thing, "__module__", "")).partition(".")[0]
    known = {*ITSELF, *KNOWN, *_allowed, *settings.from_environment().packages}
    return thing if origin in known else None


def _packages(node: object) -> Iterator[str]:
    """The packages that a config names: of modules, and before the “>” of registered names."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for key in ("module", "registered_name", "class_name"):
                if isinstance(node.get(key), str):
                    yield node[key].partition(">")[0].partition(".")[0]
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:
        raise ModelError(
            f"The package “{name}” that {VARIABLE} names cannot be imported "
            f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason'})"
            f". Install it where Liteweigh runs, or take it out of {VARIABLE}."
        ) from error
