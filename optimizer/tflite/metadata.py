"""tflite/: writes TFLite metadata into a file: a flatbuffer beside its graphs, and a zip behind it.

The places of fields are those of tensorflow/tflite-support, metadata_schema.fbs (identifier M001).
The zip holds the associated files, such as labels; whoever reads the model does not see it.
"""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np

from optimizer.tflite.described import Described, DescribedTensor
from optimizer.tflite.write import with_entry

NAME, IDENTIFIER, PARSER = "TFLITE_METADATA", b"M001", "1.0.0"
# AssociatedFileType, ContentProperties, ProcessUnitOptions and ColorSpaceType of the schema.
AXIS_LABELS, FEATURES, PICTURE, NORMALIZATION = 2, 1, 2, 1
COLOURS = {1: 2, 3: 1}
LABELS = "labels.txt"
DATE = (1980, 1, 1, 0, 0, 0)  # so that the same metadata make the same bytes


def with_tflite_metadata(content: bytes, described: Described) -> bytes:
    """The file with metadata; those that it had are replaced.

    Raises:
        MeasurementError: it is no `.tflite`, or damaged.
    """
    files = [*described.files, *label_files(described)]
    made = with_entry(content, NAME, _flatbuffer(described))
    if not files:
        return made
    stream = io.BytesIO(made)
    with zipfile.ZipFile(stream, "a") as archive:
        for name, text in files:
            archive.writestr(zipfile.ZipInfo(name, DATE), text)
    return stream.getvalue()


def label_files(described: Described) -> list[tuple[str, str]]:
    """Of each output with labels the name and text of their file, a line for each label."""
    return [
        (labels_name(place), "".join(f"{' '.join(label.split())}\n" for label in one.labels))
        for place, one in enumerate(described.outputs)
        if one.labels
    ]


def labels_name(place: int) -> str:
    """Of the labels of an output."""
    return LABELS if place == 0 else f"labels-{place}.txt"


def _flatbuffer(described: Described) -> bytes:
    write = _Writer()
    inputs = write.list_of([write.input(one) for one in described.inputs])
    outputs = write.list_of(
        [write.output(one, place) for place, one in enumerate(described.outputs)]
    )
    graph = write.table(10, {2: inputs, 3: outputs})
    files = write.list_of([write.file(name, 0) for name, _ in described.files])
    root = write.table(
        8,
        {
            0: write.text(described.name),
            1: write.text(described.description),
            2: write.text(described.version),
            3: write.list_of([graph]),
            4: write.text(described.author),
            5: write.text(described.licence),
            6: files,
            7: write.text(PARSER),
        },
    )
    write.builder.Finish(root, file_identifier=IDENTIFIER)
    return bytes(write.builder.Output())


class _Writer:
    """The tables of the schema, by the numbers of their fields. A 0 is left out."""

    def __init__(self) -> None:
        self.builder: Any = flatbuffers.Builder(0)

    def text(self, text: str) -> int:
        return int(self.builder.CreateString(text, errors="replace")) if text else 0

    def numbers(self, numbers: Sequence[float]) -> int:
        array = np.asarray(numbers, np.float32)
        return int(self.builder.CreateNumpyVector(array)) if len(array) else 0

    def list_of(self, tables: Sequence[int]) -> int:
        if not tables:
            return 0
        self.builder.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            self.builder.PrependUOffsetTRelative(table)
        return int(self.builder.EndVector())

    def table(self, fields: int, parts: dict[int, int], small: dict[int, int] | None = None) -> int:
        """A table of references, and of enumerations, which take a byte."""
        self.builder.StartObject(fields)
        for slot, part in parts.items():
            self.builder.PrependUOffsetTRelativeSlot(slot, part, 0)
        for slot, value in (small or {}).items():
            self.builder.PrependUint8Slot(slot, value, 0)
        return int(self.builder.EndObject())

    def file(self, name: str, kind: int) -> int:
        return self.table(5, {0: self.text(name)}, {2: kind})

    def input(self, one: DescribedTensor) -> int:
        content = self.table(2, {}, {0: COLOURS.get(one.channels, 0)}) if one.channels else 0
        kind = PICTURE if one.channels else FEATURES
        units = []
        if one.mean:
            scaling = self.table(2, {0: self.numbers(one.mean), 1: self.numbers(one.std)})
            units = [self.table(2, {1: scaling}, {0: NORMALIZATION})]
        # Each channel has a smallest and a largest value, where its scaling has numbers for each.
        wide = max(1, len(one.mean))
        stats = 0
        if one.low is not None and one.high is not None:
            low, high = self.numbers([one.low] * wide), self.numbers([one.high] * wide)
            stats = self.table(2, {0: high, 1: low})
        return self._tensor(one, kind, content, self.list_of(units), stats, 0)

    def output(self, one: DescribedTensor, place: int) -> int:
        labels = self.list_of([self.file(labels_name(place), AXIS_LABELS)]) if one.labels else 0
        return self._tensor(one, FEATURES, 0, 0, 0, labels)

    def _tensor(
        self, one: DescribedTensor, kind: int, content: int, units: int, stats: int, files: int
    ) -> int:
        about = content or self.table(0, {})
        properties = self.table(3, {1: about}, {0: kind})
        parts = {
            0: self.text(one.name),
            1: self.text(one.description),
            3: properties,
            4: units,
            5: stats,
            6: files,
        }
        return self.table(7, parts)
