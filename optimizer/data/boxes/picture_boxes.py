"""data/boxes/: what files of labels say of pictures, before it is in the one form."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Float64s
from optimizer.data.boxes.box_labels import CLASS, COLUMNS, CORNERS, COUNTS
from optimizer.data.canvas import WHOLE, Frame

SHARES = (1.0, 1.0)


@dataclass(frozen=True)
class PictureBoxes:
    """The boxes of one picture.

    Attributes:
        rows: (k, 6), see `box_labels`, but for the unit of the corners.
        size: Width and height of the picture in that unit; None: its own pixels.
    """

    rows: Float64s
    size: tuple[float, float] | None = None

    def in_shares(self, width: int, height: int, frame: Frame = WHOLE) -> Float64s:
        """The rows in the one form; boxes are cut at the picture's edge, and empty ones go.

        Args:
            width, height: Of the picture, in pixels.
            frame: Where it lies in the sample, whose shares are meant.
        """
        wide, high = self.size or (width, height)
        rows = self.rows.copy()
        rows[:, CORNERS] = np.clip(rows[:, CORNERS] / (wide, high, wide, high), 0.0, 1.0)
        left, top, right, bottom = rows[:, CORNERS].T
        kept: Float64s = rows[(right > left) & (bottom > top)]
        corner, opposite = np.array(frame[:2] * 2), np.array(frame[2:] * 2)
        kept[:, CORNERS] = corner + kept[:, CORNERS] * (opposite - corner)
        return kept


@dataclass(frozen=True)
class Annotations:
    """The labels of many pictures.

    Attributes:
        kind: What they are, in words: "COCO JSON".
        pictures: By the pictures' paths; those that nobody looked at are not among them.
        names: Of the classes, in their order; empty where nobody says.
        ids: The numbers that the files give the classes, in their order; empty where they count
            from 0.
        notes: What has to be said.
    """

    kind: str
    pictures: Mapping[str, PictureBoxes]
    names: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def rows_of(classes: Float64s, corners: Float64s, counts: Float64s) -> Float64s:
    """Rows (k, 6) of classes (k,), corners (k, 4), and how the boxes count (k,)."""
    rows = np.zeros((len(classes), COLUMNS))
    rows[:, CLASS], rows[:, CORNERS], rows[:, COUNTS] = classes, corners, counts
    return rows
