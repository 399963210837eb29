"""tasks/: the conversion that shows whether a model can become a `.tflite` at all, and how."""

from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import ConversionError
from optimizer.models.fix_shapes import fix_batch
from optimizer.models.open_options import ModelQuestion, UndecidedModelError
from optimizer.techniques.converters.tensorflow_converter import (
    OperatorsError,
    convert,
    converter_for,
)

ONE_SAMPLE = "one_sample"


@dataclass(frozen=True)
class FirstConversion:
    """What came of it.

    Attributes:
        content: The float32 `.tflite`.
        saved_model: What it was made from, and all other conversions are to be.
        one_sample: Whether the model had to be fixed to take one sample at a time.
        select_tf_ops: TensorFlow operators in it that the builtins lack.
    """

    content: bytes
    saved_model: Path
    one_sample: bool = False
    select_tf_ops: tuple[str, ...] = ()


def convert_first(saved_model: Path, *, select_tf_ops: bool) -> FirstConversion:
    """Converts to float32, for any number of samples if possible, else for one at a time.

    Args:
        saved_model: The folder; what is fixed is written beside it.
        select_tf_ops: Whether operators outside the builtins may stay.

    Raises:
        UndecidedModelError: they would have to, and the user has not decided it.
        ConversionError: the converter refuses the model.
    """
    try:
        return FirstConversion(convert(converter_for(saved_model)), saved_model)
    except ConversionError as error:  # as it is: recurrent layers want a fixed batch
        open_batch = error
    one_sample = saved_model.with_name(ONE_SAMPLE)
    fix_batch(saved_model, one_sample)
    try:
        return FirstConversion(convert(converter_for(one_sample)), one_sample, one_sample=True)
    except OperatorsError as error:
        # Where the batch made no difference it stays open.
        same = getattr(open_batch, "operators", None) == error.operators
        source = saved_model if same else one_sample
        content = convert(converter_for(source, select_tf_ops=True))  # not all can be kept
        if not select_tf_ops:
            raise _undecided(error.operators) from error
        return FirstConversion(content, source, not same, error.operators)


def _undecided(operators: tuple[str, ...]) -> UndecidedModelError:
    return UndecidedModelError(
        f"The model uses operators that TensorFlow Lite does not have: {', '.join(operators)}. "
        "Replace the layers that need them, or keep them (--select-tf-ops): the application then "
        "needs a larger runtime that has TensorFlow's operators, and the files cannot be run here.",
        ModelQuestion(operators=operators),
    )
