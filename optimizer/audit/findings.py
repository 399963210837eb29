"""audit/: what the audit found: each weight tensor of a file beside what was promised of it."""

from pydantic import Field, model_validator

from optimizer.errors import StudyError
from optimizer.files.json_file import JsonFile
from optimizer.store.records import Record
from optimizer.techniques.promise import FilePromise, Promise
from optimizer.techniques.properties import CLUSTERS, ZEROS
from optimizer.tflite.facts import WeightTensor


class Finding(Record):
    """A weight tensor of the file beside what was promised of it.

    Attributes:
        tensor: What is in the file.
        layer: The Keras layer that it comes from; None where that cannot be told.
        given: By the name of each property that a training step gave the layer what was promised.
        dtype: What the conversion promised of the type; None if nothing.
    """

    tensor: WeightTensor
    layer: str | None
    given: dict[str, Promise] = Field(default_factory=dict)
    dtype: Promise | None = None

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Those that were made."""
        return (*self.given.values(), *([self.dtype] if self.dtype else []))

    @property
    def kept(self) -> bool:
        """Whether all of them are."""
        return all(promise.kept for promise in self.promises)

    @model_validator(mode="before")
    @classmethod
    def _read_fixed_fields(cls, data: object) -> object:
        """Reads the form in which each property had a field of its own (studies of schema 1)."""
        if not isinstance(data, dict) or "note" not in data:
            return data
        read = {key: value for key, value in data.items() if key in cls.model_fields}
        zeros, clusters = data.get(ZEROS.name), data.get(CLUSTERS.name)
        given = {ZEROS.name: zeros} if zeros else {}
        if clusters:
            given[CLUSTERS.name] = {**clusters, "note": data["note"]}
        return {**read, "given": given}


class Audit(Record):
    """What the weights of a file are, and what its recipe promised of them.

    Attributes:
        findings: One for each weight tensor, in the order of use.
        unfound: Layers that something was promised of and no tensor of the file could be traced to.
        whole: What was promised of the file as a whole.
    """

    findings: tuple[Finding, ...]
    unfound: tuple[str, ...] = ()
    whole: tuple[FilePromise, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether every promise is, as far as can be told."""
        kept = [*(part.kept for part in self.findings), *(part.kept for part in self.whole)]
        return not self.unfound and all(kept)

    @property
    def size_bytes(self) -> int:
        """All weights together."""
        return sum(finding.tensor.size_bytes for finding in self.findings)

    @property
    def gzip_bytes(self) -> int:
        """The same, each tensor zipped by itself."""
        return sum(finding.tensor.gzip_bytes for finding in self.findings)


AUDIT = JsonFile(Audit, error=StudyError, again="Run the recipe again in a new study")
"""Beside each variant's file."""
