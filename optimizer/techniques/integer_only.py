"""techniques/: what becomes of an operator that has no integer form."""

from enum import Enum
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, ValidationError

_BOOL = TypeAdapter(bool)


class IntegerOnly(str, Enum):
    """Whether a calibrated file computes with integers alone; the value is the word in text form.

    Attributes:
        AUTO: If either quantizer can make it so; else what has no integer form stays in float,
            which is said. With a quantizer that was chosen: as YES.
        YES: Or there is no file.
        NO: What the quantizer has no integer form of stays in float.
    """

    AUTO = "auto"
    YES = "true"
    NO = "false"

    @property
    def label(self) -> str:
        """The name on the page."""
        return {"auto": "Where possible", "true": "Yes, or fail", "false": "Floats allowed"}[
            self.value
        ]


def _read(value: object) -> object:
    """The words for yes and no that a parameter of two values takes."""
    if isinstance(value, IntegerOnly) or value == IntegerOnly.AUTO.value:
        return value
    try:
        return IntegerOnly.YES if _BOOL.validate_python(value) else IntegerOnly.NO
    except ValidationError:
        return value  # pydantic says what there is


def _as_made(value: IntegerOnly) -> bool:
    """Whether a file that such a step made computes with integers alone, for other programs."""
    return value is not IntegerOnly.NO


IntegerOnlyWord = Annotated[
    IntegerOnly, BeforeValidator(_read), PlainSerializer(_as_made, when_used="json")
]
