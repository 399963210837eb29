"""measure/: what a file weighs, as it is and compressed."""

import gzip
from pathlib import Path

from optimizer.measure.measurements import Size

CHUNK_BYTES = 1 << 20


class _Counter:
    """A file that keeps nothing but how much was written to it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered; gzip asks all the same."""


def measure_size(file: Path) -> Size:
    """Bytes of the file, and of its gzip at level 6, the default, without a date, read in pieces.

    The gzip size is what the optimization toolkit's guides report for pruned and clustered
    models (https://www.tensorflow.org/model_optimization/guide/pruning), whose files do not
    shrink by themselves. Level 9 takes ten times as long on pruned files, for a few per cent.
    """
    counter = _Counter()
    with (
        file.open("rb") as source,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=counter, mtime=0) as zipped,
    ):
        while chunk := source.read(CHUNK_BYTES):
            zipped.write(chunk)
    return Size(file.stat().st_size, counter.bytes)
