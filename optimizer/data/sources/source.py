"""data/sources/: what every form of data gives: parts, read piece by piece."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from optimizer.arrays import Array, Float64s
from optimizer.data.data_options import DataOptions, Role
from optimizer.models.summary import ModelSummary

PIECE_BYTES = 8 * 2**20
MOST_ROWS = 4_096


@dataclass(frozen=True)
class Form:
    """The samples of one model input, as they come.

    Attributes:
        title: What messages call them, e.g. "x_train".
        shape: Of one sample.
        dtype: Of the values.
    """

    title: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


@dataclass(frozen=True)
class Piece:
    """Some samples that follow each other.

    Attributes:
        inputs: One array of shape (n, …) for each input of the model.
        labels: One array of shape (n, …) for each name in `Part.labels`; classes by name are text.
    """

    inputs: tuple[Array, ...]
    labels: tuple[Array, ...]


@dataclass(frozen=True)
class Part:
    """Samples that play one role together.

    Attributes:
        title: What messages call it, e.g. "train" or a file's name; empty for the only one.
        role: None: they are dealt out.
        count: How many samples it holds, or a few more.
        inputs: One for each input of the model.
        labels: The outputs that it has labels for (`UNNAMED` where it does not say); empty without.
        pieces: Reads them, once.
    """

    title: str
    role: Role | None
    count: int
    inputs: tuple[Form, ...]
    labels: tuple[str, ...]
    pieces: Callable[[], Iterator[Piece]]


@dataclass(frozen=True)
class Content:
    """All that the user's files hold.

    Attributes:
        kind: What they are, in words.
        parts: In the order in which they are stored.
        label: The label column of a table; None where there is none.
        notes: Sentences for the user; complete once all pieces were read.
        class_names: Of the classes, in the order of the model's outputs, where a file says them
            beside its labels; else empty.
        boxes: Whether the labels are boxes, see `boxes.box_labels`.
        class_ids: The numbers that the file gives the classes of boxes; empty where they count
            from 0.
        anchors: Of a detector's head, where an array among the data has them, flat; else None.
        letterbox: Whether they are pictures that keep their proportions, as was asked for.
    """

    kind: str
    parts: tuple[Part, ...]
    label: str | None = None
    notes: list[str] = field(default_factory=list)
    class_names: tuple[str, ...] = ()
    boxes: bool = False
    class_ids: tuple[int, ...] = ()
    anchors: Float64s | None = None
    letterbox: bool = False


@dataclass(frozen=True)
class Given:
    """A file or folder that the user gave.

    Attributes:
        path: Where it lies.
        role: The role that it is for; None: its samples are dealt out.
    """

    path: Path
    role: Role | None


class Source(Protocol):
    """Opens files of one form, all of the same; what they hold is read later, piece by piece."""

    def __call__(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """Opens the files.

        Args:
            given: At least one.
            summary: The model that the data are for.
            options: What the user has decided.
            work: A folder for what has to be unpacked first; it is removed at the end.

        Raises:
            UndecidedDataError: the user has to decide something first.
            DataError: they cannot be read, or do not fit the model.
        """


ROLE_NAMES: dict[str, Role | None] = {
    "train": None,
    "training": None,
    "test": "evaluation",
    "testing": "evaluation",
    "eval": "evaluation",
    "evaluation": "evaluation",
    "calib": "calibration",
    "calibration": "calibration",
    "tuning": "tuning",
    "val": "tuning",
    "valid": "tuning",
    "validation": "tuning",
}
"""What names of parts mean. Training samples are dealt to the roles that have none of their own."""

VALIDATION = ("val", "valid", "validation")


def role_of(name: str, names: Sequence[str]) -> Role | None:
    """The role of the part called `name` among the parts `names`.

    A validation part is what is evaluated where there is no test part.
    """
    role = ROLE_NAMES[name.lower()]
    tested = any(ROLE_NAMES.get(other.lower()) == "evaluation" for other in names)
    return "evaluation" if name.lower() in VALIDATION and not tested else role


def rows_of_a_piece(*row_bytes: int) -> int:
    """How many samples are read together, if one takes so many bytes in each array."""
    return max(1, min(MOST_ROWS, PIECE_BYTES // max(1, *row_bytes)))
