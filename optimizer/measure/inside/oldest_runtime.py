"""measure/inside/: the oldest TensorFlow Lite that runs several operators, or a whole file."""

from collections.abc import Iterable

from optimizer.tflite.facts import OperatorUse


def oldest_runtime(uses: Iterable[OperatorUse], written: str | None = None) -> str | None:
    """Such as "2.3.0"; None where nothing is known.

    The newest that any operator needs counts beside what the converter wrote into the file: it
    forgets editions of some operators.

    Args:
        uses: the operators.
        written: by the converter, into the file.
    """
    versions = [written, *(use.min_runtime_version for use in uses)]
    return max(filter(None, versions), key=_parts, default=None)


def _parts(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]
