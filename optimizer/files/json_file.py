"""files/: JSON files that are kept beside others, each of one type."""

import json
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from optimizer.errors import LiteweighError
from optimizer.files.atomic import write_atomically

T = TypeVar("T")


class JsonFile(Generic[T]):
    """What files of one kind hold, and what to do where one cannot be read.

    PROFILE = JsonFile(Profile, error=StudyError, again="Measure its latency again")
    PROFILE.write(path, profile)
    assert PROFILE.read(path) == profile
    """

    def __init__(self, kind: type[T], *, error: type[LiteweighError], again: str) -> None:
        """
        Args:
            kind: A dataclass, a pydantic model, or a tuple of either.
            error: What a file that cannot be read raises.
            again: How to get another, a sentence without its full stop.
        """
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)
        self._error, self._again = error, again

    def write(self, path: Path, content: T) -> None:
        """Writes it atomically. Numbers may be infinite or NaN, and stay so."""
        plain = self._adapter.dump_python(content, mode="json")
        write_atomically(path, json.dumps(plain).encode())

    def read(self, path: Path) -> T:
        """Reads what `write` wrote.

        Raises:
            LiteweighError: as it was given: the file is missing or damaged.
        """
        try:
            return self._adapter.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise self._error(f"{path.name} is missing or damaged. {self._again}.") from error
