"""data/: the size, colours and shape in which a model takes an image."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.errors import DataError
from optimizer.words import sizes

COLOURS = {1: "grey", 3: "colour", 4: "colour with opacity"}  # by channels


Frame = tuple[float, float, float, float]
"""Left, top, right and bottom of where a picture lies on its canvas, in shares of it."""
BAR = 114
"""The grey of the bars of a letterbox, as YOLO has it."""
WHOLE: Frame = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Canvas:
    """What a model takes an image as.

    Attributes:
        height, width: Pixels.
        channels: 1 for grey, 3 for colour, 4 for colour and opacity.
        shape: Of one sample: (height, width, channels), channels first, without them, or flat.
        letterbox: Whether pictures keep their proportions, with bars beside them; else they are
            stretched.
    """

    height: int
    width: int
    channels: int
    shape: tuple[int, ...]
    letterbox: bool = False

    def place(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, width and height, in pixels, that a picture of this size gets.

        In a letterbox it is as large as fits, in the middle; an odd row or column goes below or to
        the right, as YOLO's own `LetterBox` has it (https://docs.ultralytics.com).
        """
        if not self.letterbox:
            return 0, 0, self.width, self.height
        ratio = min(self.width / width, self.height / height)
        wide, high = max(1, round(width * ratio)), max(1, round(height * ratio))
        return (self.width - wide) // 2, (self.height - high) // 2, wide, high

    def frame(self, width: int, height: int) -> Frame:
        """Where a picture of this size lies on it."""
        left, top, wide, high = self.place(width, height)
        return (
            left / self.width,
            top / self.height,
            (left + wide) / self.width,
            (top + high) / self.height,
        )

    @property
    def size(self) -> str:
        """For people: `224 × 224, grey`."""
        return f"{self.width} × {self.height}, {COLOURS[self.channels]}"

    def arrange(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Brings pixels (height, width, channels) into `shape`."""
        first = len(self.shape) == 3 and self.shape[-1] != self.channels
        return (pixels.transpose(2, 0, 1) if first else pixels).reshape(self.shape)


def canvas_for(shape: tuple[int, ...], *, letterbox: bool = False) -> Canvas:
    """How images are made into samples of `shape`.

    Args:
        shape: Of one sample.
        letterbox: Whether pictures keep their proportions.

    Raises:
        DataError: samples of that shape are no images.
    """
    if len(shape) == 3 and shape[-1] in COLOURS:
        return Canvas(shape[0], shape[1], shape[2], shape, letterbox)
    if len(shape) == 3 and shape[0] in COLOURS:
        return Canvas(shape[1], shape[2], shape[0], shape, letterbox)
    if len(shape) == 2:
        return Canvas(shape[0], shape[1], 1, shape, letterbox)
    if len(shape) == 1:
        for channels in (1, 3):
            side = round((shape[0] / channels) ** 0.5)
            if side > 1 and side * side * channels == shape[0]:
                return Canvas(side, side, channels, shape, letterbox)
    raise DataError(
        f"The data are images, but the model takes {sizes(shape)}, which is no image. Give an .npz "
        "with samples of that shape."
    )
