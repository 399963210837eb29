"""techniques/: how one operator of a mixed file computes, and which operators there are."""

from dataclasses import dataclass
from enum import Enum


class Scheme(str, Enum):
    """How an operator computes and stores its weights; the value is the word in the text form."""

    INT8 = "int8"
    INT16 = "int16"
    WEIGHT_ONLY = "weight_only"
    INT4 = "int4"
    FLOAT = "float"

    @property
    def label(self) -> str:
        """In a sentence."""
        return {
            "int8": "int8",
            "int16": "int16x8",
            "weight_only": "weight-only int8",
            "int4": "int4 weights",
            "float": "float",
        }[self.value]

    @property
    def stores_as(self) -> str:
        """The type of its weights, as the file names it."""
        return {"int4": "INT4", "float": "FLOAT32"}.get(self.value, "INT8")


@dataclass(frozen=True)
class FloatOperator:
    """One operator of a float `.tflite`, which a mixed file can compute in several ways.

    Attributes:
        number: Its place in the order of execution, from 0; see `Graph.numbered`.
        name: Such as "CONV_2D".
        location: Where it stands in the model: the name of its first output.
        macs: Multiply-accumulate operations of one inference; 0 for operators that do none.
        weight_bytes: What its weights and biases take in the float file.
        choices: The schemes that it can have; none where it computes with whole numbers alone.
        together: Numbers of those that use the same weights, which have one scheme; itself among
            them, and alone for most.
    """

    number: int
    name: str
    location: str
    macs: int
    weight_bytes: int
    choices: tuple[Scheme, ...]
    together: tuple[int, ...]
