"""techniques/packings/: the process that `lookup_tables` starts.

Its arguments are the file and where the packed one goes; on standard input comes what to compress,
as TFLite Micro's compressor specifies it. It is a process of its own: native code reads the file.
"""

import sys
from pathlib import Path


def main() -> None:
    """Writes the packed file."""
    file, packed = map(Path, sys.argv[1:])
    packed.write_bytes(compressed(file.read_bytes(), sys.stdin.read()))


def compressed(content: bytes, specification: str) -> bytes:
    """The content of a file, packed.

    Args:
        content: Of the file.
        specification: Which tensors, and how.
    """
    from tflite_micro import compression  # noqa: PLC0415 (native code)

    return bytes(compression.compress(content, compression.parse_yaml(specification)))


if __name__ == "__main__":
    main()
