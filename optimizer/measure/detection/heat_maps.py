"""measure/detection/: heat maps of the middles of things, with their sizes, as CenterNet's outputs.

Zhou, Wang and Krähenbühl, Objects as Points (2019), section 4: a peak is no less than its eight
neighbours.
"""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Float32s
from optimizer.data.boxes.box_format import BoxFormat, to_corners
from optimizer.measure.detection.candidates import Candidates, Seen, class_scores

WINDOW = 3


def read_heat_maps(outputs: Sequence[Float32s], seen: Seen) -> Candidates:
    """See `Reader`: heat (n, rows, columns, classes), sizes and maybe offsets (…, 2).

    Without offsets the middle of the cell counts.
    """
    from scipy.ndimage import maximum_filter  # noqa: PLC0415 (workers only)

    head = seen.head
    maps = [output.astype(np.float64) for output in outputs]
    if head.across:
        maps = [np.moveaxis(one, 1, -1) for one in maps]
    if head.boxes in {BoxFormat.CYCXHW, BoxFormat.YXYX}:
        maps = [maps[0], *(one[..., ::-1] for one in maps[1:])]
    heat = class_scores(maps[0], head)
    count, rows, columns = heat.shape[:3]
    peaks = heat >= maximum_filter(heat, size=(1, WINDOW, WINDOW, 1), mode="nearest")
    at = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)
    middle = (at + (maps[2] if len(maps) > 2 else 0.5)) / np.array([columns, rows])
    size = maps[1] / np.array(head.span(seen.size, (columns, rows)))
    middle = np.broadcast_to(middle, size.shape)
    corners = to_corners(np.concatenate([middle, size], axis=-1), BoxFormat.CXCYWH)
    scores = np.where(peaks, heat, 0.0)
    return Candidates(corners.reshape(count, -1, 4), scores.reshape(count, rows * columns, -1))
