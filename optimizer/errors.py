"""optimizer/: the errors a user may see. Each message says what was found, expected, and to do."""

from collections.abc import Mapping
from dataclasses import dataclass

IN_THE_LOG = "The log has the details."
"""The end of a message that is not all that is known: whoever shows it shows the log too."""


class LiteweighError(Exception):
    """The base of every error that is shown to the user as one sentence, without a traceback."""


class ModelError(LiteweighError):
    """The model file cannot be recognised, opened or used."""


class DataError(LiteweighError):
    """The data file cannot be read, or does not fit the model."""


class RecipeError(LiteweighError):
    """A recipe names an unknown technique or parameter, or its steps do not fit together."""


class ConversionError(LiteweighError):
    """The converter or the quantizer could not make a file from the model."""


class TrainingError(LiteweighError):
    """Training cannot start, or went wrong: the loss became NaN, say."""


class MeasurementError(LiteweighError):
    """A file could not be run or measured."""


class StudyError(LiteweighError):
    """The study folder is missing, damaged or in use by another process."""


class JobError(LiteweighError):
    """A job ended without a result: its process died, ran out of memory, or out of time."""


class DeviceError(LiteweighError):
    """A device cannot be reached or used, or what it wrote is not what it can have measured."""


class SettingError(LiteweighError):
    """An environment variable has a value that cannot be used."""


class LimitError(LiteweighError):
    """A limit cannot be read, or means nothing for this study."""


@dataclass(frozen=True)
class Decision:
    """One way to decide what only the user can.

    Attributes:
        words: What is so then, in a phrase.
        settings: What is decided, by the names of `OpenOptions` or `DataOptions`.
        why: What speaks for it and against it, a phrase each.
    """

    words: str
    settings: Mapping[str, str | bool]
    why: tuple[str, ...] = ()


class UndecidedError(LiteweighError):
    """Only the user can decide how to go on; the message says so for the command line too."""

    @property
    def choices(self) -> tuple[Decision, ...]:
        """What can be decided, the likeliest first; empty where there is no list of it."""
        return ()

    def __str__(self) -> str:
        return str(self.args[0])
