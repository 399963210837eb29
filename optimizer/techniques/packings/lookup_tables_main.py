"""techniques/packings/: the process that `lookup_tables` starts.

Its arguments are the file and where the packed one goes; on standard input come the tables. It is a
process of its own because native code reads the file.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Writes the packed file."""
    from tflite_micro.tensorflow.lite.micro.compression import (  # noqa: PLC0415 (native code)
        compress,
        spec,
    )

    file, packed = map(Path, sys.argv[1:])
    specs = [
        spec.Tensor(
            subgraph=one["graph"],
            tensor=one["tensor"],
            compression=[
                spec.LookUpTableCompression(
                    index_bitwidth=one["bits"],
                    mode=(
                        spec.PerTensor()
                        if one["axis"] is None
                        else spec.PerChannel(axis=one["axis"])
                    ),
                )
            ],
        )
        for one in json.load(sys.stdin)
    ]
    packed.write_bytes(compress(file.read_bytes(), specs))


if __name__ == "__main__":
    main()
