"""optimizer/: the errors a user may see. Each message says what was found, expected, and to do."""


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


class SettingError(LiteweighError):
    """An environment variable has a value that cannot be used."""


class LimitError(LiteweighError):
    """A limit cannot be read, or means nothing for this study."""
