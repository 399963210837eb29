"""dashboard/figures/: boxes with classes and scores, drawn over their picture."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from dashboard.figures.masks import CLASSES, GREY, Pixels
from optimizer.arrays import Array
from optimizer.data.boxes.box_labels import CLASS, CORNERS, COUNTED, COUNTS
from optimizer.measure.detection.detections import SCORE

LEAST_WIDTH = 240  # pixels to which a small picture is enlarged, so that names can be read
LONGEST = 16  # letters of a name
ASIDE = (130, 130, 130)
"""Of boxes that need not be found."""


def drawn(
    picture: Pixels | None, rows: Array, names: Sequence[str], *, scored: bool = True
) -> Pixels:
    """The boxes over the picture.

    Args:
        picture: (height, width, 3); None: plain grey.
        rows: (k, 6): labels, or detections with their scores; rows of the class -1 are none.
        names: Of the classes.
        scored: Whether they are detections.
    """
    ground = np.full((LEAST_WIDTH, LEAST_WIDTH, 3), GREY, np.uint8) if picture is None else picture
    times = max(1, -(-LEAST_WIDTH // ground.shape[1]))
    image = Image.fromarray(ground.repeat(times, axis=0).repeat(times, axis=1))
    pen = ImageDraw.Draw(image)
    values = np.asarray(rows, np.float64)
    for row in values[values[:, CLASS] >= 0][::-1]:  # the surest on top
        number = int(row[CLASS])
        aside = not scored and row[COUNTS] != COUNTED
        colour = ASIDE if aside else CLASSES[number % len(CLASSES)]
        left, top, right, bottom = row[CORNERS] * np.tile([image.width - 1, image.height - 1], 2)
        pen.rectangle((left, top, max(left, right), max(top, bottom)), outline=colour, width=2)
        name = names[number] if number < len(names) else f"class {number}"
        text = _plain(name) + (f" {row[SCORE]:.2f}" if scored else "")
        around = pen.textbbox((left + 3, top + 2), text)
        pen.rectangle((around[0] - 2, around[1] - 1, around[2] + 2, around[3] + 1), fill=colour)
        pen.text((left + 3, top + 2), text, fill=(255, 255, 255))
    return np.asarray(image)


def _plain(name: str) -> str:
    """What the built-in font can draw of a name."""
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return (
        "".join(letter if letter.isprintable() else "?" for letter in short)
        .encode("latin-1", "replace")
        .decode("latin-1")
    )
