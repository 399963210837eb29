"""models/trust/tflite/: a flatbuffer of a stranger, read into values of ours.

Every place that leads somewhere is followed once, and looked at before: each part lies inside of
the file, no two parts share bytes otherwise than as a whole, and there are no more than real models
have. (Flatbuffers internals: https://flatbuffers.dev/internals.)
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Bytes
from optimizer.errors import ModelError
from optimizer.models.trust.tflite.schema import SIZES, TABLES, UNIONS, Field

IDENTIFIER = b"TFL3"
MOST_PARTS = 2**20
"""Tables, vectors and texts of a file; the largest of keras.applications has some 10,000."""
LEAST_TABLE = 4
SLACK = 2**16  # bytes that small files may share
OUTSIDE = "what lies outside of the tables"

Numbers: TypeAlias = npt.NDArray[Any]
Value: TypeAlias = "int | float | bytes | Numbers | Part | list[Part]"


@dataclass
class Part:
    """A table of the file.

    Attributes:
        kind: Its name in the schema.
        values: What it has, by the names of its fields; those that the file leaves out are missing.
    """

    kind: str
    values: dict[str, Value] = field(default_factory=dict)

    def number(self, name: str, default: int = 0) -> int:
        """A whole number; what the schema says where the file does not."""
        return int(cast("int", self.values.get(name, default)))

    def numbers(self, name: str) -> list[int]:
        """A vector of whole numbers; empty where there is none."""
        found = self.values.get(name)
        return [] if found is None else [int(one) for one in cast("Numbers", found)]

    def array(self, name: str) -> Numbers | None:
        """A vector of numbers."""
        return cast("Numbers | None", self.values.get(name))

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        return cast("bytes", self.values.get(name, b"")).decode("utf-8", "replace")

    def part(self, name: str) -> "Part | None":
        """A table, or that of a union."""
        return cast("Part | None", self.values.get(name))

    def parts(self, name: str) -> "list[Part]":
        """A vector of tables; empty where there is none."""
        return cast("list[Part]", self.values.get(name, []))


def damaged(what: str) -> NoReturn:
    """Refuses a file.

    Args:
        what: What is wrong, as a clause.
    """
    raise ModelError(f"The .tflite is damaged: {what}. Convert or upload it again.")


def read_parts(content: Bytes) -> Part:
    """Reads a whole file; vectors of numbers are views of `content`.

    Raises:
        ModelError: it is none, or its parts do not fit together.
    """
    if len(content) < 2 * LEAST_TABLE or content[4:8].tobytes() != IDENTIFIER:
        damaged(f"bytes 5 to 8 should be {IDENTIFIER.decode()}")
    reader = _Reader(content)
    root = reader.table(reader.unsigned(0), "Model")
    for buffer in root.parts("buffers"):
        reader.bring_in(buffer, "data", "offset", "size")
    for graph in root.parts("subgraphs"):
        for operator in graph.parts("operators"):
            reader.bring_in(
                operator, "customOptions", "largeCustomOptionsOffset", "largeCustomOptionsSize"
            )
    reader.end()
    return root


class _Reader:
    def __init__(self, content: Bytes) -> None:
        self.content, self.size = content, len(content)
        self.read: list[tuple[int, int, int]] = []  # where a part begins, ends, and what it is
        self.bytes = 0
        self.kinds: dict[str, int] = {}

    def unsigned(self, at: int) -> int:
        """A number of 32 bits, such as how far it is to a part."""
        if not 0 <= at <= self.size - 4:
            damaged(f"a part leads out of it, to byte {at:,} of {self.size:,}")
        return int(struct.unpack_from("<I", self.content.data, at)[0])

    def claim(self, start: int, length: int, what: str) -> None:
        """Notes that a part has these bytes."""
        if start < 0 or start + length > self.size:
            damaged(f"{what} should end at byte {start + length:,}, and the file at {self.size:,}")
        kind = self.kinds.setdefault(what, len(self.kinds))
        kind = self.kinds.setdefault(what, len(self.kinds))
        self.read.append((start, start + length, kind))
        self.bytes += length
        if len(self.read) > MOST_PARTS:
            damaged(f"it has more than {MOST_PARTS:,} parts, which no real model has")
        if self.bytes > 2 * self.size + SLACK:
            damaged("its parts are more than the file is long, for many stand for each other")

    def table(self, at: int, kind: str) -> Part:
        described = at - _signed(self.unsigned(at))
        told = self.unsigned(described)
        length, size = told & 0xFFFF, told >> 16
        if length < LEAST_TABLE or length % 2 or size < LEAST_TABLE:
            damaged(f"a part that should be a {kind} is none")
        self.claim(described, length, "a table's description")
        places = struct.unpack_from(f"<{length // 2 - 2}H", self.content.data, described + 4)
        known = [
            (place, one) for place, one in zip(places, TABLES[kind], strict=False) if place and one
        ]
        ends = {place + _width(one): (place, one) for place, one in known}
        end = max(ends, default=LEAST_TABLE)
        if end > size or min((place for place, _ in known), default=LEAST_TABLE) < LEAST_TABLE:
            damaged(f"“{ends[end][1].name}” of a {kind} leads out of it")
        # Some programs say that a table is longer than what it has.
        self.claim(at, end, kind)
        part = Part(kind)
        for place, one in known:
            if one.form != "union":
                part.values[one.name] = self._value(at + place, one)
        where = {one.name: at + place for place, one in known}
        for union in TABLES[kind]:
            if union and union.form == "union":
                self._union(part, where.get(union.name), union)
        return part

    def _union(self, part: Part, at: int | None, known: Field) -> None:
        """Reads the table of a union: the field before it says of which kind it is."""
        kind = cast("int", part.values.pop(known.type_name, 0))
        tables = UNIONS[known.kind]
        if kind > len(tables):
            damaged(f"its {known.name} are of a kind that is not known here ({kind})")
        if kind and at is not None:
            part.values[known.name] = self.table(at + self.unsigned(at), tables[kind - 1])

    def _value(self, at: int, known: Field) -> Value:
        if known.form == "number":
            [number] = self._numbers(at, 1, known.kind).tolist()
            return cast("int | float", number)
        at += self.unsigned(at)
        if known.form == "table":
            return self.table(at, known.kind)
        count = self.unsigned(at)
        if known.form == "text":
            self.claim(at, 4 + count + 1, "a text")  # a 0 ends it, which is not counted
            return self.content[at + 4 : at + 4 + count].tobytes()
        size = SIZES.get(known.kind, 4)
        self.claim(at, 4 + size * count, f"“{known.name}”")
        if known.form == "numbers":
            return self._numbers(at + 4, count, known.kind)
        return list(self._tables(at + 4, count, known.kind))

    def _tables(self, at: int, count: int, kind: str) -> Iterator[Part]:
        for place in range(at, at + 4 * count, 4):
            yield self.table(place + self.unsigned(place), kind)

    def _numbers(self, at: int, count: int, kind: str) -> Numbers:
        stored = "u1" if kind == "bool" else f"<{kind}"
        found = np.frombuffer(self.content, stored, count, at)
        return found != 0 if kind == "bool" else found

    def bring_in(self, part: Part, name: str, offset: str, size: str) -> None:
        """Puts bytes that lie outside of the tables where others are.

        LiteRT Quantizer keeps weights so, and converters those of files of more than 2 GB. The
        offsets 0 and 1 mean that there are none.
        """
        start, length = part.number(offset), part.number(size)
        part.values.pop(offset, None)
        part.values.pop(size, None)
        if start <= 1:
            return
        if len(part.values.get(name, b"")):  # type: ignore[arg-type]
            damaged("the bytes of a tensor are in two places")
        self.claim(start, length, OUTSIDE)
        part.values[name] = self.content[start : start + length]

    def end(self) -> None:
        """Refuses a file in which two parts share bytes without being one."""
        parts = np.unique(np.array(self.read, np.int64), axis=0)
        shared = parts[1:, 0] < parts[:-1, 1]
        if shared.any():
            at = int(parts[1:][shared][0, 0])
            damaged(f"two of its parts share the bytes from {at:,} on")


def _width(known: Field) -> int:
    """How many bytes of a table a field takes: its number, or how far it is to what it leads to."""
    return SIZES[known.kind] if known.form == "number" else 4


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
