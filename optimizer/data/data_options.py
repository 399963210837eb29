"""data/: what the user says about data: files, label column, task."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from optimizer.data.given_scaling import GivenScaling
from optimizer.data.labels import Task
from optimizer.data.scaling import AUTO
from optimizer.errors import DataError, Decision, UndecidedError

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
        scaling: A name from `SCALINGS`, or "auto". Where mean and deviation are given, what is done
            before: "none", "unit" (x / 255), or "auto": the one that the numbers are made for.
        given: Mean and deviation of the inputs; None: scaled by a name.
        metric: The metric that is to be reported first; None: the one that fits the labels.
        class_names: What the classes are called, in the order of the model's outputs; empty: as the
            data say.
        head: How a detector's outputs are read, see `boxes.head`; what it does not say is proposed.
        anchors: A file of anchors, which raw heads need; None: as the data say.
        false_alarms: The share of normal samples that may be taken for anomalies, 0..1; None: 5 %.
        reconstruction: How the error of a sample that is rebuilt is reckoned, "mse" or "mae"; None:
            "mse".
        season: Steps after which the naive forecast repeats a series; None: 1.
        letterbox: Whether pictures keep their proportions, with grey bars beside them; else they
            are stretched to the model's size. Only when they are read.
        assume: Whether the likeliest reading of the labels is taken where several fit; else that
            is an error that asks.
    """

    label: str | None = None
    task: Task | None = None
    output: str | None = None
    scaling: str = AUTO
    metric: str | None = None
    class_names: tuple[str, ...] = ()
    given: GivenScaling | None = None
    head: str = ""
    anchors: Path | None = None
    false_alarms: float | None = None
    reconstruction: str | None = None
    season: int | None = None
    assume: bool = False
    letterbox: bool = False

    def decided(self, decision: Decision) -> "DataOptions":
        """With what the user has decided."""
        settings: dict[str, Any] = dict(decision.settings)
        if "task" in settings:
            settings["task"] = Task(settings["task"])
        return replace(self, **settings)


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


@dataclass(frozen=True)
class HeadQuestion:
    """What has to be decided before a detector's outputs can be read as boxes.

    Attributes:
        outputs: Of the model, in words.
    """

    outputs: tuple[str, ...]


class UndecidedHeadError(DataError, UndecidedError):
    """The user has to say how boxes are read; the message says so for the command line too."""

    def __init__(self, message: str, question: HeadQuestion) -> None:
        """`question` is what the page asks."""
        super().__init__(message, question)
        self.question = question


class UndecidedDataError(DataError, UndecidedError):
    """The user has to choose the label column; the message says so for the command line too."""

    def __init__(self, message: str, question: DataQuestion) -> None:
        """`question` is what the page asks."""
        super().__init__(message, question)
        self.question = question

    @property
    def choices(self) -> tuple[Decision, ...]:
        """See `UndecidedError`."""
        guess = self.question.guess
        names = [guess, *(one.name for one in self.question.columns if one.name != guess)]
        names += [NO_LABEL] if guess != NO_LABEL else []
        return tuple(
            Decision(f"the column “{name}”" if name else "no column", {"label": name})
            for name in names
        )
