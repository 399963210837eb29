"""export/kits/: what every kit is made from: the file, how it is fed and read, test vectors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.arrays import Array, Float32s
from optimizer.export.kits.inputs import KitInput, tensor_document
from optimizer.export.kits.readings import Reading
from optimizer.tasks.gather_kit import KitMicro, KitTensor, KitVector

MODEL, DOCUMENT, LABELS = "model.tflite", "model.json", "labels.txt"
FLOAT_TOLERANCE, WHOLE_TOLERANCE, STEPS = 1e-3, 2e-2, 3
"""How far an output may be off on another CPU: of the largest value, and in steps of its scale."""


@dataclass(frozen=True)
class Contents:
    """All that is known where a kit is made; nothing of it is to be trusted as a text.

    Attributes:
        name: Of the model, a text of others.
        slug: Of the file, safe in file names.
        recipe: By which it was made.
        sha256: Of the file.
        tflite: The file.
        task: What the labels are for.
        meaning: What the scaling does, in words.
        says: What was measured, in a sentence; empty without data.
        inputs, outputs, readings: How it is fed and read.
        operators: Each kind that it needs.
        whole_numbers: Whether it computes with integers.
        activations: Bytes that activations take at once, as far as the file tells.
        micro: What TFLite Micro did with it; None where that was not asked for or is not installed.
        unfit_for_micro: Why it cannot run there, in a phrase; empty where it can.
        vectors: Test vectors, whose arrays are in `arrays`, see `tasks.gather_kit.VECTORS`.
        arrays: Those.
        output_names: What the model calls its outputs.
        made_by: By which program.
    """

    name: str
    slug: str
    recipe: str
    sha256: str
    tflite: bytes
    task: str
    meaning: str
    says: str
    inputs: tuple[KitInput, ...]
    outputs: tuple[KitTensor, ...]
    output_names: tuple[str, ...]
    readings: tuple[Reading, ...]
    operators: tuple[str, ...]
    whole_numbers: bool
    activations: int
    micro: KitMicro | None
    unfit_for_micro: str
    vectors: tuple[KitVector, ...]
    arrays: Mapping[str, Array]
    made_by: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the first reading; empty where it has none."""
        return self.readings[0].labels if self.readings else ()

    @cached_property
    def tolerances(self) -> tuple[float, ...]:
        """By how much a value of each output may miss what is expected."""
        share = WHOLE_TOLERANCE if self.whole_numbers else FLOAT_TOLERANCE
        return tuple(
            max(
                share * max(float(np.abs(self.real(v, at)).max(initial=0)) for v in self.numbers),
                STEPS * output.scale,
                1e-6,
            )
            for at, output in enumerate(self.outputs)
        )

    @property
    def numbers(self) -> range:
        """The places of the test vectors."""
        return range(len(self.vectors))

    def raw(self, vector: int, place: int) -> Array:
        """An input of a vector, as the data have it, in the form that kits take."""
        return plain(self.arrays[f"raw-{vector}-{place}"])

    def fed(self, vector: int, place: int) -> Array:
        """The same as the file takes it."""
        return self.arrays[f"fed-{vector}-{place}"]

    def real(self, vector: int, place: int) -> Float32s:
        """An output of a vector, float32."""
        return np.asarray(self.arrays[f"real-{vector}-{place}"], "<f4")

    def stored(self, vector: int, place: int) -> Array:
        """The same as the file gives it."""
        return self.arrays[f"stored-{vector}-{place}"]

    def document(self) -> dict[str, Any]:
        """`model.json`: all that code of a kit has to know; see docs/kits.md."""
        return {
            "model": self.name,
            "recipe": self.recipe,
            "file": MODEL,
            "sha256": self.sha256,
            "made_by": self.made_by,
            "task": self.task,
            "inputs": [one.document() for one in self.inputs],
            "outputs": [
                {**tensor_document(one), "output": name, "tolerance": tolerance}
                for one, name, tolerance in zip(
                    self.outputs, self.output_names, self.tolerances, strict=True
                )
            ],
            "readings": [one.document() for one in self.readings],
            "vectors": [self._vector(number) for number in self.numbers],
        }

    def _vector(self, number: int) -> dict[str, Any]:
        vector = self.vectors[number]
        return {
            "sample": vector.sample,
            "inputs": [vector_file(number, "input", at) for at in range(len(self.inputs))],
            "outputs": [vector_file(number, "output", at) for at in range(len(self.outputs))],
            "answers": [
                {"classes": list(answer.classes), "score": answer.score}
                for answer in vector.answers
            ],
        }

    def common_files(self) -> dict[str, bytes | str]:
        """What every kit has: the file, its document, its labels."""
        files: dict[str, bytes | str] = {
            MODEL: self.tflite,
            DOCUMENT: json.dumps(self.document(), indent=1) + "\n",
        }
        if self.labels:
            files[LABELS] = "".join(f"{' '.join(label.split())}\n" for label in self.labels)
        return files

    def vector_files(self) -> dict[str, bytes | str]:
        """The arrays of the vectors, little-endian: raw inputs in their type, outputs float32."""
        files: dict[str, bytes | str] = {}
        for number in self.numbers:
            for at in range(len(self.inputs)):
                files[vector_file(number, "input", at)] = self.raw(number, at).tobytes()
            for at in range(len(self.outputs)):
                files[vector_file(number, "output", at)] = self.real(number, at).tobytes()
        return files


def vector_file(number: int, kind: str, place: int) -> str:
    """Where an array of a vector lies in a kit."""
    return f"vectors/{number}-{kind}-{place}.bin"


def plain(array: Array) -> Array:
    """In a type that every language has, little-endian and without gaps."""
    kind = {"bool": "uint8", "float16": "float32"}.get(array.dtype.name, array.dtype.name)
    return np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<"))
