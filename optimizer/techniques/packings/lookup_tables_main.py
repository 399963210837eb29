"""techniques/packings/: the process that `lookup_tables` starts.

Its arguments are the file and where the packed one goes; on standard input comes what to compress,
as TFLite Micro's compressor specifies it. It is a process of its own: native code reads the file.
"""

import sys
from pathlib import Path


def main() -> None:
    """Writes the packed file."""
    from tflite_micro import compression  # noqa: PLC0415 (native code)

    file, packed = map(Path, sys.argv[1:])
    specification = compression.parse_yaml(sys.stdin.read())
    packed.write_bytes(compression.compress(file.read_bytes(), specification))


if __name__ == "__main__":
    main()
