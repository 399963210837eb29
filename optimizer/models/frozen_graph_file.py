"""models/: a frozen graph's file, told and checked without TensorFlow.

It is a protocol buffer of the message GraphDef, which has no magic bytes: fields one after the
other, each a tag (number and wire type) and a value. Source: tensorflow/core/framework/graph.proto
and https://protobuf.dev/programming-guides/encoding.
"""

import re
from pathlib import Path
from typing import BinaryIO

from optimizer.errors import ModelError

# A GraphDef begins with a node (field 1), and a node with its name (field 1) and operator (2).
NODE = re.compile(rb"\x0a[\x00-\xff]{1,5}?\x0a([\x01-\x7f]|[\x80-\xff][\x01-\x7f])[\w.\\/>-]+\x12")
# A SavedModel begins with its schema version, 1, and its first graph (field 2).
SAVED_MODEL = b"\x08\x01\x12"
FIELDS = {1, 2, 3, 4}  # node, library, version, versions
VARINT, LENGTH_DELIMITED = 0, 2


def begins_like_a_graph(head: bytes) -> bool:
    """Whether a file's first bytes are those of a GraphDef."""
    return NODE.match(head) is not None


def check_graph(path: Path) -> None:
    """Walks the file from field to field.

    Raises:
        ModelError: it ends too early, or is no GraphDef after all.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        while file.tell() < size:
            tag = _varint(file)
            length = _varint(file)
            if tag >> 3 not in FIELDS or tag & 7 not in {VARINT, LENGTH_DELIMITED}:
                break
            if tag & 7 == LENGTH_DELIMITED:
                file.seek(length, 1)
        if file.tell() != size:
            raise ModelError(
                "The frozen graph is damaged or incomplete. Save or upload the model again."
            )


def _varint(file: BinaryIO) -> int:
    value = 0
    for place in range(10):
        byte = file.read(1)
        if not byte:
            return value
        value |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80:
            break
    return value
