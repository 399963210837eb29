"""tasks/: a sample as a picture. Workers only."""

import io

import numpy as np
from PIL import Image

from optimizer.arrays import Array
from optimizer.data.canvas import Canvas, canvas_for
from optimizer.data.dataset import DatasetRecord
from optimizer.errors import DataError

LEAST_SIDE = 8  # of a picture without channels: smaller tables of numbers are none
SHOWN_SIDE = 224  # pixels to which a small picture is enlarged


def draw(raw: Array, record: DatasetRecord) -> bytes | None:
    """A PNG of the first input, as the model looks at it; None where it is no picture.

    Args:
        raw: One sample, unscaled, in any shape of its size.
        record: The dataset that it is of.
    """
    canvas = _canvas(record)
    if canvas is None:
        return None
    low, high = record.low, record.high
    bright = (np.asarray(raw, np.float64) - low) / (high - low or 1.0) * 255
    size = (canvas.height, canvas.width, canvas.channels)
    values = bright.reshape(canvas.shape)
    if len(canvas.shape) == 3 and canvas.shape != size:
        values = values.transpose(1, 2, 0)
    pixels = values.reshape(size).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(pixels.squeeze(2) if canvas.channels == 1 else pixels)
    times = max(1, SHOWN_SIDE // max(image.size))
    image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _canvas(record: DatasetRecord) -> Canvas | None:
    shape = record.shape
    if len(shape) not in {2, 3} or (len(shape) == 2 and min(shape) < LEAST_SIDE):
        return None
    try:
        return canvas_for(shape)
    except DataError:
        return None
