"""data/: what the user says about data: files, label column, task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from optimizer.data.labels import Task
from optimizer.data.scaling import AUTO
from optimizer.errors import DataError

Role = Literal["training", "calibration", "tuning", "evaluation"]
NO_LABEL = ""
RANDOM_INPUTS = "Random inputs"
"""What data are called where there are none."""


@dataclass(frozen=True)
class DataFiles:
    """Where the data lie; a path is a file, or a folder of images.

    Attributes:
        main: What is dealt out to the roles that have no files of their own; None for none.
        roles: Files of their own for some roles.

    Without any file random inputs serve, for latency and size only.
    """

    main: Path | None = None
    roles: Mapping[Role, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class DataOptions:
    """What the user has decided about the data.

    Attributes:
        label: The label column of a table; `NO_LABEL` for none; None: not decided.
        task: What the labels are for; None: found from model and labels.
        output: The name of the model's output that the labels are for; None: found.
        scaling: A name from `SCALINGS`, or "auto".
        metric: The metric that is to be reported first; None: the one that fits the labels.
        class_names: What the classes are called, in the order of the model's outputs; empty: as the
            data say.
    """

    label: str | None = None
    task: Task | None = None
    output: str | None = None
    scaling: str = AUTO
    metric: str | None = None
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: As the table has it.
        kind: "number" or "category".
        distinct: How many different values it has, missing ones aside.
        missing: How many rows have none.
        example: Its first value, as text.
    """

    name: str
    kind: Literal["number", "category"]
    distinct: int
    missing: int
    example: str


@dataclass(frozen=True)
class DataQuestion:
    """What has to be decided before a table can be read.

    Attributes:
        columns: All columns of the table.
        guess: The column that is most likely the label, or `NO_LABEL`.
    """

    columns: tuple[Column, ...]
    guess: str


class UndecidedDataError(DataError):
    """The user has to choose the label column; the message says so for the command line too."""

    def __init__(self, message: str, question: DataQuestion) -> None:
        """`question` is what the page asks."""
        super().__init__(message, question)
        self.question = question

    def __str__(self) -> str:
        return str(self.args[0])
