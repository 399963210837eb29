"""export/kits/: how what a user has becomes what a file takes, as it was done when it was measured.

Every scaling that a study can have is one formula, ((x / first) − subtract) / divide, whose steps
round to float32 (or float64) as those of `data.scaling` do: x / 1, x − 0 and x / 1 change nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.data.canvas import BAR, Canvas, canvas_for
from optimizer.data.dataset import STANDARDIZE, DatasetRecord, InputRecord
from optimizer.data.given_scaling import GIVEN
from optimizer.data.scaling import (
    IMAGENET_MEAN_BGR,
    IMAGENET_MEAN_RGB,
    IMAGENET_STD_RGB,
    Columns,
)
from optimizer.errors import DataError
from optimizer.tasks.gather_kit import KitTensor

SMALLEST_DEVIATION = (
    1e-7  # as `data.scaling` has it for samples that are standardized by themselves
)
LEAST_SIDE = 8  # of a picture without channels: smaller tables of numbers are none
LARGEST_UNSCALED = 2.0  # what is larger cannot be in 0..1 or -1..1


@dataclass(frozen=True)
class Steps:
    """((x / first) − subtract) / divide, each value with the next of the lists, which begin anew.

    Attributes:
        first: Divides all values.
        subtract, divide: One number, one for each channel, or one for each value of a sample.
        in_double: Whether it is computed in float64 and rounded at the end; else in float32.
        reverse_channels: Whether the last dimension is turned around before (RGB to BGR).
        by_itself: Whether each sample loses its own mean and is divided by its own deviation; the
            other steps do nothing then.
    """

    first: float = 1.0
    subtract: tuple[float, ...] = (0.0,)
    divide: tuple[float, ...] = (1.0,)
    in_double: bool = False
    reverse_channels: bool = False
    by_itself: bool = False

    def document(self) -> dict[str, Any]:
        """In `model.json`."""
        return {
            "first": self.first,
            "subtract": list(self.subtract),
            "divide": list(self.divide),
            "in_double": self.in_double,
            "reverse_channels": self.reverse_channels,
            "by_itself": self.by_itself,
        }

    def mean_and_std(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """The same as (x − mean) / std of raw values; None where it is not of that form."""
        if self.by_itself or self.reverse_channels:
            return None
        return (
            tuple(self.first * one for one in self.subtract),
            tuple(self.first * one for one in self.divide),
        )


@dataclass(frozen=True)
class Picture:
    """How a picture file becomes an input.

    Attributes:
        canvas: Its size and colours.
        first: The pixels' 0..255 are divided by it …
        less: … and lose this, to be as the data were.
    """

    canvas: Canvas
    first: float
    less: float

    def document(self) -> dict[str, Any]:
        """In `model.json`."""
        first = len(self.canvas.shape) == 3 and self.canvas.shape[-1] != self.canvas.channels
        return {
            "width": self.canvas.width,
            "height": self.canvas.height,
            "channels": self.canvas.channels,
            "channels_first": first,
            "letterbox": BAR if self.canvas.letterbox else None,
            "divide": self.first,
            "subtract": self.less,
        }


@dataclass(frozen=True)
class KitInput:
    """An input, from raw values to what the file takes.

    Attributes:
        tensor: What the file takes.
        called: What the model calls it.
        shape: Of one raw sample.
        raw: NumPy's name of the type of raw values.
        takes: That of what the model takes, before it is quantized.
        steps: The scaling; None where raw values are taken as they are.
        picture: How a picture becomes one; None where it is no picture, or nobody can tell how.
        low, high: The smallest and the largest raw value of the data.
    """

    tensor: KitTensor
    called: str
    shape: tuple[int, ...]
    raw: str
    takes: str
    steps: Steps | None
    picture: Picture | None
    low: float
    high: float

    def document(self) -> dict[str, Any]:
        """In `model.json`."""
        return {
            **tensor_document(self.tensor),
            "input": self.called,
            "raw_shape": list(self.shape),
            "raw_type": self.raw,
            "takes": self.takes,
            "scaling": self.steps.document() if self.steps else None,
            "picture": self.picture.document() if self.picture else None,
        }


def tensor_document(tensor: KitTensor) -> dict[str, Any]:
    """An input or output of the file, in `model.json`."""
    return {
        "name": tensor.name,
        "place": tensor.place,
        "tensor": tensor.tensor,
        "shape": list(tensor.shape),
        "type": tensor.dtype,
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
    }


def scaling_steps(
    record: DatasetRecord, place: int, columns: Columns | None, scaling: str | None = None
) -> Steps | None:
    """What is done to the raw values of an input; None where nothing is.

    Args:
        record: The study's data.
        place: Of the input.
        columns: What was measured on its columns; None where it is no table.
        scaling: A name; None for the data's own.
    """
    name = scaling or record.scaling
    if not record.scaled[place]:
        return None
    given = record.affine()[place]
    if name == GIVEN and given is not None:
        return Steps(subtract=_numbers(given.mean), divide=_numbers(given.std), in_double=True)
    if name == STANDARDIZE and columns is not None:
        spread = np.where(columns.std > 0, columns.std, np.float32(1))
        return Steps(subtract=_numbers(columns.mean), divide=_numbers(spread))
    return _NAMED[name]


def picture_of(record: InputRecord, alone: bool, *, letterbox: bool = False) -> Picture | None:
    """How a picture becomes an input, as `tasks.given_sample` does it.

    Args:
        record: The input.
        alone: Whether the model has no other: then a picture is all that it needs.
        letterbox: Whether pictures keep their proportions.
    """
    shape = record.shape
    if not alone or (len(shape) == 2 and min(shape) < LEAST_SIDE) or len(shape) not in {2, 3}:
        return None
    try:
        canvas = canvas_for(shape, letterbox=letterbox)
    except DataError:
        return None
    low, high = record.low, record.high
    if np.dtype(record.dtype).kind in "iub" or (low >= 0 and high > LARGEST_UNSCALED):
        return Picture(canvas, 1.0, 0.0)
    if low >= 0:
        return Picture(canvas, 255.0, 0.0)
    return Picture(canvas, 127.5, 1.0) if low >= -1 and high <= 1 else None


def _numbers(array: Any) -> tuple[float, ...]:
    return tuple(np.asarray(array, np.float64).ravel().tolist())


_NAMED: dict[str, Steps | None] = {
    "none": Steps(),
    "unit": Steps(first=255.0),
    "tf": Steps(first=127.5, subtract=(1.0,)),
    "torch": Steps(
        first=255.0, subtract=_numbers(IMAGENET_MEAN_RGB), divide=_numbers(IMAGENET_STD_RGB)
    ),
    "caffe": Steps(subtract=_numbers(IMAGENET_MEAN_BGR), reverse_channels=True),
    STANDARDIZE: Steps(by_itself=True),
}
"""The scalings of `data.scaling.SCALINGS` as steps; a test holds them to each other."""
