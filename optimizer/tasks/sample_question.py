"""tasks/: one sample put to every variant of a study, and what they answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Base64Encoder, EncodedBytes

Picture = Annotated[bytes, EncodedBytes(encoder=Base64Encoder)]
"""A PNG; in the JSON that a worker answers with it is text."""


@dataclass(frozen=True)
class Question:
    """The sample that is asked about: one of the evaluation role, or one given by hand.

    Attributes:
        position: Its place in the evaluation role, from 0; None for one given by hand.
        file: Where the one given by hand lies: an image, or a table or arrays of one sample.
        name: What the user calls that file; empty for numbers that were typed.
    """

    position: int | None = None
    file: Path | None = None
    name: str = ""


@dataclass(frozen=True)
class Sample:
    """The sample as it can be shown.

    Attributes:
        picture: A PNG of what the model looks at, in its size but for being enlarged; None where
            it is none.
        inputs: Of each input of the model.
        label: What the answer should be: a class, decisions or values, of positions how many of
            them have each class, of boxes the six numbers of each; None without.
        notes: What was done to a file given by hand, in sentences.
    """

    picture: Picture | None
    inputs: tuple["Input", ...]
    label: tuple[float, ...] | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Input:
    """What one input of the model gets, after scaling.

    Attributes:
        name: The input's.
        shape: Of the sample.
        values: The first values.
    """

    name: str
    shape: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Answer:
    """What one variant answers.

    Attributes:
        recipe: The variant's.
        values: The output that labels are for, flat; of a very long one the first values. Of
            detectors the six numbers of each box, see `measure.detection.detections`, of those that
            are sure. Empty where it could not be run.
        count: How many values that output has, or boxes.
        error: Why it could not be run, in a sentence; else None.
        positions: Where those are classified, what is said of them; else None.
        error_of_rebuilding: Where anomalies are told by it, how badly the sample is rebuilt; else
            None.
    """

    recipe: str
    values: tuple[float, ...]
    count: int
    error: str | None = None
    positions: "Positions | None" = None
    error_of_rebuilding: float | None = None


@dataclass(frozen=True)
class Positions:
    """What a variant says of the positions of one sample.

    Attributes:
        counts: How many get each class.
        right: How many of those that somebody judged are right; None without labels.
        judged: How many those are.
        apart: How many get another class than by the baseline.
    """

    counts: tuple[int, ...]
    right: int | None
    judged: int
    apart: int


@dataclass(frozen=True)
class Reply:
    """A sample and what every variant answers, the baseline first."""

    sample: Sample
    answers: tuple[Answer, ...]
