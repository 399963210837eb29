"""models/trust/tflite/: a new `.tflite` of tables that were understood, and of nothing else."""

from collections.abc import Callable
from typing import Any, cast

import flatbuffers
import numpy as np

from optimizer.arrays import Bytes
from optimizer.errors import ModelError
from optimizer.models.trust.tflite.parts import IDENTIFIER, Numbers, Part
from optimizer.models.trust.tflite.schema import SIZES, TABLES, UNIONS, Field

ALIGNED = 16  # bytes: what the schema asks of weights (`force_align`)
PREPEND: dict[str, str] = {
    "bool": "PrependBool", "u1": "PrependUint8", "i1": "PrependInt8", "u2": "PrependUint16",
    "i2": "PrependInt16", "u4": "PrependUint32", "i4": "PrependInt32", "u8": "PrependUint64",
    "i8": "PrependInt64", "f4": "PrependFloat32", "f8": "PrependFloat64",
}  # fmt: skip


def pack(root: Part, size: int) -> memoryview:
    """The content of a new file, the same for the same tables.

    Args:
        root: The table `Model`.
        size: About how long it will be, so that memory is taken once.

    Raises:
        ModelError: it would be larger than such files can be (2 GB).
    """
    builder = flatbuffers.Builder(min(size, flatbuffers.Builder.MAX_BUFFER_SIZE))
    try:
        builder.Finish(_Packer(builder).table(root), file_identifier=IDENTIFIER)
    except flatbuffers.builder.BuilderSizeError as error:
        raise ModelError(
            "The .tflite is larger than 2 GB, which such a file cannot be. Convert a smaller model."
        ) from error
    return memoryview(builder.Bytes)[builder.Head() :]


class _Packer:
    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def table(self, part: Part) -> int:
        """Writes a table after all that it leads to; gives where it is."""
        fields = TABLES[part.kind]
        written = {
            known.name: self._behind(part, known)
            for known in fields
            if known and known.form != "number" and known.name in part.values
        }
        self.builder.StartObject(len(fields))
        for place, known in enumerate(fields):
            if known is None:
                continue
            if known.name in written:
                if known.form == "union":
                    kind = cast("Part", part.values[known.name]).kind
                    self.builder.PrependUint8(UNIONS[known.kind].index(kind) + 1)
                    self.builder.Slot(place - 1)
                self.builder.PrependUOffsetTRelative(written[known.name])
                self.builder.Slot(place)
            elif known.name in part.values:
                prepend: Callable[[Any], None] = getattr(self.builder, PREPEND[known.kind])
                prepend(part.values[known.name])
                self.builder.Slot(place)
        return int(self.builder.EndObject())

    def _behind(self, part: Part, known: Field) -> int:
        value = part.values[known.name]
        if known.form in {"table", "union"}:
            return self.table(cast("Part", value))
        if known.form == "text":
            text = cast("bytes", value).decode("utf-8", "replace")
            return int(self.builder.CreateString(text))
        if known.form == "tables":
            places = [self.table(one) for one in cast("list[Part]", value)]
            self.builder.StartVector(4, len(places), 4)
            for place in reversed(places):
                self.builder.PrependUOffsetTRelative(place)
            return int(self.builder.EndVector())
        weights = part.kind == "Buffer"
        return self._numbers(cast("Numbers", value), known.kind, ALIGNED if weights else None)

    def _numbers(self, values: Numbers, kind: str, alignment: int | None) -> int:
        size = SIZES[kind]
        stored = np.ascontiguousarray(values).view(np.uint8)
        self.builder.StartVector(size, len(values), alignment or size)
        self._put(stored)
        return int(self.builder.EndVector())

    def _put(self, content: Bytes) -> None:
        """As `Builder.CreateByteVector` puts its bytes, without a copy of them."""
        head = self.builder.Head() - len(content)
        self.builder.head = head
        memoryview(self.builder.Bytes)[head : head + len(content)] = content.data
