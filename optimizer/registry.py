"""optimizer/: the one way of registering: techniques, metrics, formats and targets by name."""

from collections import OrderedDict
from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from optimizer.errors import LiteweighError

T = TypeVar("T")


class Registry(OrderedDict[str, T]):
    """Everything of one kind by its name, in ascending rank.

    What is registered stands in a room, a package, whose `__init__.py` calls `discover`: each file
    of the room registers what it brings when it is imported. So whoever adds one adds a file to
    the room and touches no other, and a worker process knows it without being told.
    """

    def __init__(self, kind: str, error: type[LiteweighError]) -> None:
        """Begins empty.

        Args:
            kind: What messages call one: "technique".
            error: What looking up an unknown name raises; it lists the names that there are.
        """
        super().__init__()
        self._kind, self._error = kind, error
        self._ranks: dict[str, int] = {}

    def add(self, name: str, thing: T, rank: int = 0) -> None:
        """Registers a thing.

        Args:
            name: What it is looked up by, and what texts and files call it.
            thing: What is found under the name.
            rank: Its place among all; those of one rank stand in the order of their files.

        Raises:
            ValueError: there is another thing of that name.
        """
        if name in self:
            raise ValueError(f"There are two of the name “{name}”: each {self._kind} has its own.")
        self._ranks[name] = rank
        self[name] = thing
        for each in sorted(self, key=self._ranks.__getitem__):
            self.move_to_end(each)

    def __missing__(self, name: str) -> T:
        """Refuses an unknown name."""
        raise self._error(f"There is no {self._kind} “{name}”. Available are: {', '.join(self)}.")


def discover(room: str, path: Iterable[str]) -> None:
    """Imports every file of a room, so that each registers what it brings.

    Args:
        room: The package's `__name__`. What lies in packages inside of it is left alone: there is
            the place for what only workers may import.
        path: The package's `__path__`.
    """
    for module in iter_modules(path):
        if not module.ispkg:
            import_module(f"{room}.{module.name}")
