"""data/: the size, colours and shape in which a model takes an image."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.errors import DataError
from optimizer.words import sizes

COLOURS = {1: "grey", 3: "colour", 4: "colour with opacity"}  # by channels


@dataclass(frozen=True)
class Canvas:
    """What a model takes an image as.

    Attributes:
        height, width: Pixels.
        channels: 1 for grey, 3 for colour, 4 for colour and opacity.
        shape: Of one sample: (height, width, channels), channels first, without them, or flat.
    """

    height: int
    width: int
    channels: int
    shape: tuple[int, ...]

    @property
    def size(self) -> str:
        """For people: `224 × 224, grey`."""
        return f"{self.width} × {self.height}, {COLOURS[self.channels]}"

    def arrange(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Brings pixels (height, width, channels) into `shape`."""
        first = len(self.shape) == 3 and self.shape[-1] != self.channels
        return (pixels.transpose(2, 0, 1) if first else pixels).reshape(self.shape)


def canvas_for(shape: tuple[int, ...]) -> Canvas:
    """How images are made into samples of `shape`.

    Raises:
        DataError: samples of that shape are no images.
    """
    if len(shape) == 3 and shape[-1] in COLOURS:
        return Canvas(shape[0], shape[1], shape[2], shape)
    if len(shape) == 3 and shape[0] in COLOURS:
        return Canvas(shape[1], shape[2], shape[0], shape)
    if len(shape) == 2:
        return Canvas(shape[0], shape[1], 1, shape)
    if len(shape) == 1:
        for channels in (1, 3):
            side = round((shape[0] / channels) ** 0.5)
            if side > 1 and side * side * channels == shape[0]:
                return Canvas(side, side, channels, shape)
    raise DataError(
        f"The data are images, but the model takes {sizes(shape)}, which is no image. Give an .npz "
        "with samples of that shape."
    )
