"""models/trust/tflite/: reads a `.tflite` of a stranger and writes the one that is run."""

from pathlib import Path

import numpy as np

from optimizer.errors import ModelError
from optimizer.models.trust.tflite.check import check_parts
from optimizer.models.trust.tflite.packing import pack
from optimizer.models.trust.tflite.parts import read_parts

MORE = 2**16  # bytes beside the file's own: what is unaligned takes a little more


def write_canonical_tflite(source: Path, target: Path) -> None:
    """Writes what is understood of a file into a new one, which gives the same answers bit for bit.

    Metadata that nobody here reads is not in it, nor what was appended to the file; weights that
    lay behind the tables are where all others are.

    Args:
        source: A file of a stranger.
        target: The new one.

    Raises:
        ModelError: the file is damaged, keeps something in other files or between two runs, or has
            an operator that the runtime does not have.
    """
    # Into memory of our own: what is checked must not change before it is written.
    content = np.fromfile(source, np.uint8)
    if not len(content):
        raise ModelError("The .tflite is empty. Convert or upload it again.")
    root = read_parts(content)
    check_parts(root)
    with target.open("wb") as file:
        file.write(pack(root, len(content) + len(content) // 8 + MORE))
