"""measure/inside/: the oldest TensorFlow Lite that has each version of each operator."""

from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

TABLE = Path(__file__).with_name("runtime_versions.json")


def min_runtime_version(operator: str, version: int) -> str | None:
    """Such as "2.3.0"; None for custom operators and those that the table does not know.

    Args:
        operator: such as "CONV_2D".
        version: the operator's version in the file, from 1.
    """
    versions = _versions().get(operator, [])
    return versions[version - 1] if 1 <= version <= len(versions) else None


@cache
def _versions() -> dict[str, list[str | None]]:
    """For each operator the runtime of its version 1, 2, …; the file names its source."""
    table = TypeAdapter(dict[str, dict[str, list[str | None] | str]])
    return TypeAdapter(dict[str, list[str | None]]).validate_python(
        table.validate_json(TABLE.read_bytes())["versions"]
    )
