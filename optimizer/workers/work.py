"""workers/: what a worker is given: typed inputs, the paths that it touches, and what comes out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from optimizer.reporting import Report

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Work(ABC, Generic[T_co]):
    """One task for a worker process. A subclass is a frozen dataclass in a file of its own.

    Its fields are all that it knows: records and absolute paths. It reads no other path than
    those, and writes into `out` alone; what is made there the server takes over. In the worker the
    paths are others: files of the same names, in folders that it alone has; see `handover`. What
    `run` returns is sent as JSON of the type that it declares. The class is
    imported by the server too, so what is heavy (TensorFlow, LiteRT, SciPy) is imported in `run`.

        @dataclass(frozen=True)
        class CountLines(Work[int]):
            file: Path

            def run(self, report: Report) -> int:
                return len(self.file.read_text().splitlines())

        future = executor.submit(CountLines(out=folder, file=file), on_start)  # Future[int]

    Class attributes:
        needs_quiet: Runs only while nothing else does: a latency measurement.
        urgent: Somebody waits for it at a page: it goes before others, and is never held.
        needs_tensorflow: Runs in a process that has TensorFlow loaded.
        preload: Modules that `run` imports, for processes that are made ready for it.

    Attributes:
        out: The folder that it writes into, with its log and progress; it exists.
    """

    needs_quiet: ClassVar[bool] = False
    urgent: ClassVar[bool] = False
    needs_tensorflow: ClassVar[bool] = True
    preload: ClassVar[tuple[str, ...]] = ()

    out: Path

    @property
    def reads(self) -> tuple[Path, ...]:
        """Every file and folder outside `out` that stands in the fields, however deep."""
        outside = (path for path in _paths_in(self) if not path.is_relative_to(self.out))
        return tuple(dict.fromkeys(outside))

    @property
    def trusted(self) -> bool:
        """Whether code that stands in a file may run: the process is not used again then."""
        return False

    @abstractmethod
    def run(self, report: Report) -> T_co:
        """Does it, in a worker; the result is sent back, so it is a record or a small value.

        Raises:
            LiteweighError: why it cannot be done, in a sentence for the user.
        """


def with_paths(work: Work[T_co], where: Callable[[Path], Path]) -> Work[T_co]:
    """The same task with each path in its fields, however deep, replaced by `where` of it."""
    moved = _with_paths(work, where)
    assert isinstance(moved, Work)  # noqa: S101 (for the type checker)
    return moved


def _with_paths(value: object, where: Callable[[Path], Path]) -> object:
    if isinstance(value, Path):
        return where(value)
    if is_dataclass(value) and not isinstance(value, type):
        moved = copy(value)
        for field in fields(value):
            object.__setattr__(moved, field.name, _with_paths(getattr(value, field.name), where))
        return moved
    if isinstance(value, Mapping):
        return {key: _with_paths(one, where) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_with_paths(one, where) for one in value)
    return value


def _paths_in(value: object) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _paths_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from _paths_in(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _paths_in(one)
