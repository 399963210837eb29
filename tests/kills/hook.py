"""tests/kills: stops a process at a point until it is killed. Standard library only.

Nothing of it is in the product: the programs of this folder put it in before they run ours. Where
no point is named in the environment, nothing is changed.
"""

import functools
import importlib.abc
import importlib.machinery
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.kills.points import POINTS, Point

NAME = "LITEWEIGH_KILLED_AT"
"""The variable that holds a point's place in the list; workers get it from their host."""
STOPPED = "stopped-here"
"""The file that tells that the point is reached."""


def install(where: str, folder: Path) -> None:
    """Has this process stop at the point that is to be its.

    Args:
        where: What this process is, see `Point`.
        folder: Takes the file that tells that it has stopped.
    """
    number = os.environ.get(NAME)
    if number is None or (point := POINTS[int(number)]).where != where:
        return
    name, _, place = point.call.partition(":")
    if name in sys.modules:
        _wrap(sys.modules[name], place, point, folder)
    else:
        sys.meta_path.insert(0, _Finder(name, lambda made: _wrap(made, place, point, folder)))


def _wrap(module: ModuleType, place: str, point: Point, folder: Path) -> None:
    owner: Any = module
    *parents, name = place.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    kept = vars(owner)[name]
    if isinstance(kept, classmethod):
        setattr(owner, name, classmethod(_stopping(kept.__func__, point, folder)))
    else:
        setattr(owner, name, _stopping(kept, point, folder))


def _stopping(call: Callable[..., Any], point: Point, folder: Path) -> Callable[..., Any]:
    calls, one_by_one = itertools.count(1), threading.Lock()

    @functools.wraps(call)
    def stopping(*arguments: Any, **named: Any) -> Any:
        meant = not point.about or point.about in f"{arguments} {named}"
        with one_by_one:
            stops = meant and next(calls) == point.nth
        if stops and not point.after:
            _stop(folder)
        result = call(*arguments, **named)
        if stops:
            _stop(folder)
        return result

    return stopping


def _stop(folder: Path) -> None:
    (folder / STOPPED).touch()
    while True:
        time.sleep(60)


class _Finder(importlib.abc.MetaPathFinder):
    """Tells of one module once it is loaded, before anybody can take a name from it."""

    def __init__(self, name: str, loaded: Callable[[ModuleType], None]) -> None:
        self._name, self._loaded = name, loaded

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec
        assert spec.loader
        execute, loaded = spec.loader.exec_module, self._loaded

        def exec_module(module: ModuleType) -> None:
            execute(module)
            loaded(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
